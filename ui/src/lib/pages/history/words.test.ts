import { describe, expect, it } from "vitest";
import { counts, long } from "./words";

describe("history", () => {
  it("counts what would come, and says nothing of what would not", () => {
    expect(counts({ contacts: 1, invoices: 2_400, credit_notes: 0, payments: 12 })).toBe(
      "1 contact, 2,400 invoices, 12 payments",
    );
    expect(counts({ contacts: 0, invoices: 0, credit_notes: 0, payments: 0 })).toBe("");
  });

  it("says about how long the rest takes", () => {
    expect([1, 90, 91, 400, 5_400, 5_401, 90_000].map(long)).toEqual([
      "1 second",
      "90 seconds",
      "about 2 minutes",
      "about 7 minutes",
      "about 90 minutes",
      "about 2 hours",
      "about 25 hours",
    ]);
  });
});
