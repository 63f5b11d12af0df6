import { describe, expect, it } from "vitest";
import { MadeUpRules } from "../../backend/mock/rules";
import { setLocale } from "../../words/locale";
import { changes, filled, summary } from "./words";

setLocale("en-GB");

describe("rules", () => {
  it("says what they come to", () => {
    const rules = new MadeUpRules();
    expect(summary(rules.view())).toBe("Both ways. Documents from 1 Apr 2025 on.");
    rules.choose("erpnext_sells", true);
    rules.change([{ kind: null, set: { start_date: null } }], true);
    expect(summary(rules.view())).toBe("ERPNext sells, Xero keeps the books.");
    rules.change([{ kind: "payment", set: { direction: "off" } }], true);
    expect(summary(rules.view())).toBe("Your own choice of directions.");
  });

  it("sends what is another one, and nothing else", () => {
    const view = new MadeUpRules().view();
    const form = filled(view);
    expect(changes(form, view)).toEqual([]);
    expect(changes({ ...form, start: "", voids: "3" }, view)).toEqual([
      { kind: null, set: { start_date: null } },
      { kind: null, set: { ask_from_voids: 3 } },
    ]);
    expect(changes({ ...form, closed: "2026-03-31", updates: "500" }, view)).toEqual([
      { kind: null, set: { closed_until: "2026-03-31" } },
      { kind: null, set: { ask_from_updates: 500 } },
    ]);
    expect(changes({ ...form, filed: "2026-03-31" }, view)).toEqual([
      { kind: null, set: { tax_filed: "2026-03-31" } },
    ]);
    for (const typed of ["", "0", "-1", "1.5", "many"]) {
      expect(changes({ ...form, voids: typed }, view)).toBe("Give a whole number from 1 on.");
    }
  });
});
