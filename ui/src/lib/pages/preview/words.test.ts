import { describe, expect, it } from "vitest";
import { preview } from "../../backend/mock/books";
import { canWait, changed, says, startLabel, writes } from "./words";

describe("preview", () => {
  it("counts what is left for later out of what will be done", () => {
    const view = preview(false);
    const all = writes(view);
    expect(startLabel(view)).toBe(`Apply ${all} changes`);
    const written = view.items.filter((item) => canWait(item) && item.change !== "link");
    const left = changed(new Set(), written.slice(0, 2), true);
    expect(left.size).toBe(2);
    expect(startLabel(view, left)).toBe(`Apply ${all - 2} changes`);
    expect(changed(left, written, false).size).toBe(0);
    // What waits for a person is not carried anyway.
    const waits = view.items.filter((item) => item.change === "wait");
    expect(waits.length).toBeGreaterThan(0);
    expect(changed(new Set(), waits, true).size).toBe(0);
  });

  it("finds items by what they say", () => {
    const view = preview(false);
    const item = view.items.find((each) => each.amount !== null && each.contact !== null);
    if (!item) throw new Error("the made-up books have such an item");
    for (const text of [
      "",
      "  ",
      item.title.toLowerCase(),
      item.contact ?? "",
      item.amount?.value ?? "",
    ]) {
      expect(says(item, text)).toBe(true);
    }
    expect(says(item, "no such thing")).toBe(false);
  });
});
