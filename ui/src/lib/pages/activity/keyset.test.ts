import { describe, expect, it } from "vitest";
import type { LogLine, LogPage } from "../../backend";
import { reveal, visibleRange } from "../../components/virtualRange";
import { firstPage, nothing, withNewer, withOlder } from "./keyset";

const line = (id: number): LogLine => ({
  id,
  at: "2026-11-22T14:00:00Z",
  run: 1,
  kind: "invoice",
  title: `INV-${id}`,
  contact: null,
  amount: null,
  towards: "xero",
  outcome: "agrees",
  message: "",
});

const page = (ids: number[], next: number | null, total = 100): LogPage => ({
  lines: ids.map(line),
  total,
  oldest_at: "2026-03-03T09:00:00Z",
  next_before: next,
});

const ids = (loaded: { lines: readonly LogLine[] }): number[] => loaded.lines.map(({ id }) => id);

describe("the log's list", () => {
  it("grows downwards without repeating a line", () => {
    const loaded = withOlder(firstPage(page([9, 8, 7], 7)), page([7, 6, 5], 5));
    expect(ids(loaded)).toEqual([9, 8, 7, 6, 5]);
    expect(loaded.next).toBe(5);
  });

  it("takes in new lines at the top and keeps its place at the bottom", () => {
    const loaded = withOlder(firstPage(page([9, 8, 7], 7)), page([6, 5], null));
    const followed = withNewer(loaded, page([11, 10, 9], 9, 102));
    expect(ids(followed)).toEqual([11, 10, 9, 8, 7, 6, 5]);
    expect(followed.next).toBeNull();
    expect(followed.total).toBe(102);
  });

  it("starts again where the new page does not reach what was loaded", () => {
    const followed = withNewer(firstPage(page([9, 8, 7], 7)), page([30, 29, 28], 28));
    expect(ids(followed)).toEqual([30, 29, 28]);
    expect(followed.next).toBe(28);
  });

  it("knows that there are more lines than were counted", () => {
    const many = { ...page([9, 8, 7], 7, 10_000), more_than_total: true };
    expect(firstPage(many).more).toBe(true);
    expect(firstPage(page([9], null)).more).toBe(false);
    expect(withOlder(firstPage(page([9], 9)), many).more).toBe(true);
    expect(withNewer(firstPage(page([9, 8], 8)), many).more).toBe(true);
  });

  it("fills an empty list", () => {
    expect(ids(withNewer(nothing, page([2, 1], null)))).toEqual([2, 1]);
  });
});

describe("the rows that exist", () => {
  it("are those in sight and a few around", () => {
    expect(visibleRange(0, 340, 34, 100_000)).toEqual({ first: 0, end: 18 });
    expect(visibleRange(34_000, 340, 34, 100_000)).toEqual({ first: 992, end: 1018 });
    expect(visibleRange(99_000, 340, 34, 12)).toEqual({ first: 12, end: 12 });
  });

  it("move only as far as needed", () => {
    expect(reveal(3, 34, 0, 340)).toBeUndefined();
    expect(reveal(20, 34, 0, 340)).toBe(374);
    expect(reveal(1, 34, 340, 340)).toBe(34);
  });
});
