import { describe, expect, it } from "vitest";
import type { ChoiceView, MappingRow, MappingTable } from "../../backend";
import { choiceName, matching, offered, openCount, ordered, suggestedCount } from "./rows";

const choice = (key: string, name: string, code: string | null = null): ChoiceView => ({
  key,
  name,
  code,
  rate: null,
});

const row = (key: string, state: MappingRow["state"], waiting = 0): MappingRow => ({
  side: "xero",
  value: choice(key, `Account ${key}`, key),
  counterpart: state === "unmatched" ? null : "Sales - MF",
  state,
  reason: null,
  waiting,
});

const table: MappingTable = {
  kind: "account",
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
