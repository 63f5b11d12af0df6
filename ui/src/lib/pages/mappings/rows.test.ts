import { describe, expect, it } from "vitest";
import type { ChoiceView, MappingEffect, MappingRow, MappingTable } from "../../backend";
import {
  asksFirst,
  choiceName,
  matching,
  offered,
  openCount,
  ordered,
  saved,
  suggestedCount,
  usedFor,
  way,
} from "./rows";

const choice = (key: string, name: string, code: string | null = null): ChoiceView => ({
  key,
  name,
  code,
  rate: null,
  counterpart: null,
});

const row = (key: string, state: MappingRow["state"], waiting = 0): MappingRow => ({
  side: "xero",
  value: choice(key, `Account ${key}`, key),
  counterpart: state === "unmatched" ? null : "Sales - MF",
  both_ways: state !== "unmatched",
  state,
  reason: null,
  waiting,
  optional: false,
});

const table: MappingTable = {
  kind: "account",
  carried: true,
  rows: [
    row("200", "mapped"),
    row("260", "suggested"),
    row("270", "unmatched"),
    row("280", "unmatched", 3),
  ],
  xero: [],
  erpnext: [choice("Sales - MF", "Sales")],
};

describe("mapping rows", () => {
  it("puts what holds records up first", () => {
    expect(ordered(table.rows).map((each) => each.value.key)).toEqual(["280", "270", "260", "200"]);
  });

  it("counts what is open and what is suggested", () => {
    expect(openCount({ tables: [table] })).toBe(2);
    expect(suggestedCount({ tables: [table] })).toBe(1);
  });

  it("offers the other side's values", () => {
    const first = table.rows[0];
    expect(first && offered(table, first).map((each) => each.key)).toEqual(["Sales - MF"]);
  });

  it("finds by words of either side", () => {
    expect(matching(table.rows, table, "sales 260").map((each) => each.value.key)).toEqual(["260"]);
    expect(matching(table.rows, table, " ").length).toBe(4);
  });

  it("names codes and rates, and no rate twice", () => {
    expect(choiceName(choice("200", "Sales", "200"))).toBe("200 · Sales");
    expect(choiceName({ ...choice("x", "Zero rated"), rate: "0" })).toBe("Zero rated (0 %)");
    expect(choiceName({ ...choice("x", "20% (VAT on Income)"), rate: "20" })).toBe(
      "20% (VAT on Income)",
    );
  });
});

const effect = (
  side: MappingEffect["side"],
  before: string | null,
  after: string | null,
  linked = 0,
): MappingEffect => ({
  side,
  key: "k",
  before,
  after,
  asked: true,
  waiting: 0,
  not_carried: 0,
  linked,
  sentence: "",
});

describe("which way a mapping works", () => {
  it("is said by a sign and in words", () => {
    const both = row("200", "mapped");
    expect(way(both)?.sign).toBe("⇄");
    expect(way({ ...both, both_ways: false })?.words).toBe("from Xero to ERPNext only");
    expect(way({ ...both, both_ways: false, side: "erpnext" })?.sign).toBe("←");
    expect(way(row("270", "unmatched"))).toBeNull();
  });

  it("asks before it changes what was mapped or what records carry, and only then", () => {
    const fresh = effect("xero", null, "Sales - MF");
    const stays = effect("erpnext", "200", "200", 9);
    expect(asksFirst({ effects: [fresh, stays] })).toBe(false);
    expect(asksFirst({ effects: [effect("xero", "Other - MF", "Sales - MF")] })).toBe(true);
    expect(asksFirst({ effects: [effect("xero", null, "Sales - MF", 3)] })).toBe(true);
    expect(asksFirst({ effects: [fresh, effect("erpnext", "200", "260")] })).toBe(true);
  });

  it("says what was saved", () => {
    const stays = effect("erpnext", "200", "200");
    expect(saved({ effects: [effect("xero", null, "a"), stays] })).toContain(
      "from Xero to ERPNext",
    );
    expect(saved({ effects: [effect("xero", null, "a"), effect("erpnext", null, "b")] })).toContain(
      "both ways",
    );
    expect(saved({ effects: [stays] })).toBe("Nothing changed.");
  });

  it("tells at an exception what becomes of the way back", () => {
    const remedy = { side: "erpnext", key: "Freight - MF", name: "Freight" } as const;
    const sales = { ...choice("200", "Sales", "200"), counterpart: "Sales - MF" };
    expect(usedFor(remedy, undefined)).toBe("Used for what comes from ERPNext, from now on.");
    expect(usedFor(remedy, sales)).toContain(
      "On its way to ERPNext, Xero's 200 · Sales stays Sales - MF.",
    );
    expect(usedFor(remedy, { ...sales, counterpart: null })).toContain(
      "Xero's 200 · Sales becomes Freight: it had no counterpart.",
    );
    expect(usedFor(remedy, { ...sales, counterpart: "Freight - MF" })).toContain("already");
  });
});
