import { describe, expect, it } from "vitest";
import { filterOf, isFiltered, open } from "./filters";

const now = new Date(2026, 10, 22, 14, 5);

describe("the log's filters", () => {
  it("ask for everything at first", () => {
    expect(filterOf(open, now)).toEqual({
      text: null,
      kind: null,
      towards: null,
      outcomes: [],
      since: null,
      until: null,
      run: null,
    });
    expect(isFiltered({ ...open, text: "  " })).toBe(false);
  });

  it("translate periods to the person's days and outcomes to groups", () => {
    const filter = filterOf({ ...open, period: "week", outcome: "needs", text: " freight " }, now);
    expect(filter.since).toBe(new Date(2026, 10, 16).toISOString());
    expect(filter.outcomes).toEqual(["refused", "conflict", "waiting", "in_doubt"]);
    expect(filter.text).toBe("freight");
    expect(isFiltered({ ...open, period: "week" })).toBe(true);
  });
});
