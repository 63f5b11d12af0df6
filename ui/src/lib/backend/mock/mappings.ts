import { choiceName } from "../../pages/mappings/rows";
import { other, sideName } from "../../words/labels";
import type {
  ChoiceView,
  MappingChange,
  MappingEffect,
  MappingPreview,
  MappingRow,
  MappingsView,
  MappingTable,
  Side,
} from "../bindings";

function choice(
  key: string,
  name: string,
  code: string | null,
  rate: string | null,
  counterpart: string | null,
): ChoiceView {
  return { key, name, code, rate, counterpart };
}

export const accountsXero: ChoiceView[] = [
  choice("200", "Sales", "200", null, "Sales - MF"),
  choice("205", "Wedding Flowers", "205", null, "Wedding Sales - MF"),
  choice("260", "Other Revenue", "260", null, null),
  choice("270", "Interest Income", "270", null, "Interest Received - MF"),
];

const accountsErpnext: ChoiceView[] = [
  choice("Sales - MF", "Sales", "4000", null, "200"),
  choice("Wedding Sales - MF", "Wedding Sales", "4010", null, "205"),
  choice("Freight Income - MF", "Freight Income", "4020", null, null),
  choice("Online Shop - MF", "Online Shop", "4030", null, "200"),
  choice("Interest Received - MF", "Interest Received", "4900", null, "270"),
];

const taxesXero: ChoiceView[] = [
  choice("OUTPUT2", "20% (VAT on Income)", null, "20", "UK VAT 20% - MF"),
  choice("RROUTPUT", "5% (VAT on Income)", null, "5", "UK VAT 5% - MF"),
  choice("ZERORATEDOUTPUT", "Zero Rated Income", null, "0", "UK Zero Rated - MF"),
  choice("EXEMPTOUTPUT", "Exempt Income", null, "0", "UK Exempt - MF"),
];

const taxesErpnext: ChoiceView[] = [
  choice("UK VAT 20% - MF", "UK VAT 20%", null, "20", "OUTPUT2"),
  choice("UK VAT 5% - MF", "UK VAT 5%", null, "5", "RROUTPUT"),
  choice("UK Zero Rated - MF", "UK Zero Rated", null, "0", "ZERORATEDOUTPUT"),
];

export const banksXero: ChoiceView[] = [
  choice("090", "Business Bank Account", "090", null, "Barclays Current - MF"),
  choice("091", "Business Savings Account", "091", null, null),
  choice("a3f1", "Stripe GBP", null, null, null),
];

const banksErpnext: ChoiceView[] = [
  choice("Barclays Current - MF", "Barclays Current", "1200", null, "090"),
  choice("Cash - MF", "Cash", "1210", null, null),
  choice("Stripe GBP - MF", "Stripe GBP", null, null, null),
];

const trackingXero: ChoiceView[] = [
  choice("Region: North", "North", "Region", null, "Cost Center: North - MF"),
  choice("Region: South", "South", "Region", null, null),
];

const trackingErpnext: ChoiceView[] = [
  choice("Cost Center: Main - MF", "Main", "Cost Center", null, null),
  choice("Cost Center: North - MF", "North", "Cost Center", null, "Region: North"),
  choice("Project: PROJ-0007", "Harbour Hotel lobby", "Project", null, null),
];

function row(
  value: ChoiceView | undefined,
  state: MappingRow["state"],
  reason: string | null,
  more: Partial<MappingRow> = {},
): MappingRow {
  return {
    side: "xero",
    value: value ?? choice("?", "?", null, null, null),
    counterpart: value?.counterpart ?? null,
    both_ways: value?.counterpart != null,
    state,
    reason,
    waiting: 0,
    optional: false,
    ...more,
  };
}

/** Mappings that can be changed. */
export class MadeUpMappings {
  #view: MappingsView;

  constructor(fresh: boolean) {
    const state = fresh ? "suggested" : "mapped";
    const oneWay = { side: "erpnext", both_ways: false } as const;
    this.#view = {
      tables: [
        {
          kind: "account",
          carried: true,
          xero: accountsXero,
          erpnext: accountsErpnext,
          rows: [
            row(accountsErpnext[2], "unmatched", null, { ...oneWay, waiting: fresh ? 0 : 2 }),
            row(accountsXero[2], "unmatched", null),
            row(accountsXero[0], state, "same name"),
            row(accountsXero[1], state, 'both named "wedding"'),
            row(accountsXero[3], state, 'both named "interest"'),
            row(accountsErpnext[3], fresh ? "unmatched" : "mapped", null, {
              ...oneWay,
              counterpart: fresh ? null : "200",
            }),
          ],
        },
        {
          kind: "tax",
          carried: true,
          xero: taxesXero,
          erpnext: taxesErpnext,
          rows: [
            fresh
              ? row(taxesXero[3], "unmatched", null, { counterpart: null, both_ways: false })
              : row(
                  taxesXero[3],
                  "gone",
                  'ERPNext no longer offers the tax rate "UK Exempt - MF": archived, deleted, or renamed so that it cannot be told which one it is now',
                  { both_ways: false },
                ),
            row(taxesXero[0], state, "same rate, 20 %"),
            row(taxesXero[1], state, "same rate, 5 %"),
            row(taxesXero[2], state, "same rate, 0 %"),
          ],
        },
        {
          kind: "bank",
          carried: true,
          xero: banksXero,
          erpnext: banksErpnext,
          rows: [
            row(banksErpnext[1], "unmatched", null, { ...oneWay, waiting: fresh ? 0 : 1 }),
            row(banksXero[1], "unmatched", null),
            row(banksXero[2], "suggested", "same name", {
              counterpart: "Stripe GBP - MF",
              both_ways: true,
            }),
            row(banksXero[0], fresh ? "unmatched" : "mapped", null, {
              counterpart: fresh ? null : "Barclays Current - MF",
              both_ways: !fresh,
            }),
          ],
        },
        {
          kind: "tracking",
          carried: !fresh,
          xero: trackingXero,
          erpnext: trackingErpnext,
          rows: [
            row(trackingXero[1], "unmatched", null, { optional: fresh }),
            row(trackingXero[0], state, "same name", { optional: fresh }),
            row(trackingErpnext[0], "unmatched", null, { ...oneWay, optional: true }),
            row(trackingErpnext[2], "unmatched", null, { ...oneWay, optional: true }),
          ],
        },
      ],
    };
  }

  view(): MappingsView {
    return this.#view;
  }

  #table(change: MappingChange): MappingTable | undefined {
    return this.#view.tables.find((table) => table.kind === change.kind);
  }

  /** What stands for a value now, one way. */
  #now(change: MappingChange, side: Side, key: string): string | null {
    return this.#table(change)?.[side].find((each) => each.key === key)?.counterpart ?? null;
  }

  preview(change: MappingChange): MappingPreview {
    const name = (side: Side, key: string): string => {
      const found = this.#table(change)?.[side].find((each) => each.key === key);
      return found ? choiceName(found) : key;
    };
    const effect = (
      side: Side,
      key: string,
      after: string | null,
      asked: boolean,
    ): MappingEffect => {
      const before = this.#now(change, side, key);
      const changed = before !== after;
      const linked = changed && before !== null ? 128 : 0;
      const said = [`From ${sideName[side]} to ${sideName[other[side]]}: "${name(side, key)}"`];
      const there = (value: string): string => `"${name(other[side], value)}"`;
      if (after === null) said.push("has no counterpart any more");
      else said.push(changed ? "becomes" : "stays", there(after));
      if (changed && before !== null) said.push(`(until now ${there(before)})`);
      const more =
        linked > 0
          ? ` ${linked} records that were carried over stay as they are; lines edited in ${sideName[side]} later are booked anew.`
          : "";
      return {
        side,
        key,
        before,
        after,
        asked,
        waiting: 0,
        not_carried: 0,
        linked,
        sentence: `${said.join(" ")}.${more}`,
      };
    };
    const effects = [effect(change.side, change.key, change.counterpart, true)];
    const back = change.counterpart ?? this.#now(change, change.side, change.key);
    if (back !== null) {
      const now = this.#now(change, other[change.side], back);
      const taken = change.both_ways || now === null;
      const after = change.counterpart === null ? null : change.key;
      effects.push(effect(other[change.side], back, taken ? after : now, change.both_ways));
    }
    return { effects };
  }

  #map(change: (row: MappingRow, kind: string) => MappingRow): void {
    this.#view = {
      tables: this.#view.tables.map((table) => ({
        ...table,
        rows: table.rows.map((each) => change(each, table.kind)),
      })),
    };
  }

  change(changes: MappingChange[]): void {
    this.#map((each, kind) => {
      const found = changes.find(
        (change) =>
          change.kind === kind && change.side === each.side && change.key === each.value.key,
      );
      if (!found) return each;
      return {
        ...each,
        counterpart: found.counterpart,
        both_ways: found.both_ways,
        state: found.counterpart === null ? "unmatched" : "mapped",
        reason: found.counterpart === null ? null : "chosen by you",
        waiting: 0,
      };
    });
    const mapped = (table: MappingTable): boolean =>
      table.rows.some((each) => each.state === "mapped");
    this.#view = {
      tables: this.#view.tables.map((table) => ({
        ...table,
        carried: table.kind !== "tracking" || mapped(table),
      })),
    };
  }

  accept(): void {
    this.#map((each) =>
      each.state === "suggested" && !each.optional ? { ...each, state: "mapped" } : each,
    );
  }
}
