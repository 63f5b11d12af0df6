import { describe, expect, it } from "vitest";
import { amountProblem, filterOf, isFiltered, open } from "./filters";

describe("the records' filters", () => {
  it("ask for everything at first", () => {
    expect(Object.values(filterOf(open)).every((value) => value === null)).toBe(true);
    expect(isFiltered({ ...open, text: "  " })).toBe(false);
  });

  it("say what was typed and chosen", () => {
    const filter = filterOf({
      ...open,
      text: " INV-14 ",
      kind: "invoice",
      side: "xero",
      standing: "alone",
      amount: "1,000..1440.50",
      from: "2026-01-01",
    });
    expect(filter).toEqual({
      text: "INV-14",
      kind: "invoice",
      side: "xero",
      standing: "alone",
      amount: "1,000..1440.50",
      from: "2026-01-01",
      until: null,
    });
    expect(isFiltered({ ...open, standing: "ended" })).toBe(true);
  });

  it("do not ask for an amount that is not one yet", () => {
    expect(amountProblem("abc")).toBeDefined();
    expect(amountProblem("-")).toBeDefined();
    expect(filterOf({ ...open, amount: "12 pounds" }).amount).toBeNull();
    for (const good of ["", "1440", "-0.02", "1,440.00", "1000..1440", "..10", "10.."]) {
      expect(amountProblem(good)).toBeUndefined();
    }
  });
});
