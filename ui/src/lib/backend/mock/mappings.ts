import type { ChoiceView, MappingChange, MappingRow, MappingsView } from "../bindings";

function choice(
  key: string,
  name: string,
  code: string | null = null,
  rate: string | null = null,
): ChoiceView {
  return { key, name, code, rate };
}

export const accountsXero: ChoiceView[] = [
  choice("200", "Sales", "200"),
  choice("205", "Wedding Flowers", "205"),
  choice("260", "Other Revenue", "260"),
  choice("270", "Interest Income", "270"),
];

const accountsErpnext: ChoiceView[] = [
  choice("Sales - MF", "Sales", "4000"),
  choice("Wedding Sales - MF", "Wedding Sales", "4010"),
  choice("Freight Income - MF", "Freight Income", "4020"),
  choice("Interest Received - MF", "Interest Received", "4900"),
];

const taxesXero: ChoiceView[] = [
  choice("OUTPUT2", "20% (VAT on Income)", null, "20"),
  choice("RROUTPUT", "5% (VAT on Income)", null, "5"),
  choice("ZERORATEDOUTPUT", "Zero Rated Income", null, "0"),
  choice("EXEMPTOUTPUT", "Exempt Income", null, "0"),
];

const taxesErpnext: ChoiceView[] = [
  choice("UK VAT 20% - MF", "UK VAT 20%", null, "20"),
  choice("UK VAT 5% - MF", "UK VAT 5%", null, "5"),
  choice("UK Zero Rated - MF", "UK Zero Rated", null, "0"),
];

function row(
  value: ChoiceView | undefined,
  counterpart: string | null,
  state: MappingRow["state"],
  reason: string | null,
  side: MappingRow["side"] = "xero",
  waiting = 0,
): MappingRow {
  return { side, value: value ?? choice("?", "?"), counterpart, state, reason, waiting };
}

/** Mappings that can be changed. */
export class MadeUpMappings {
  #view: MappingsView;

  constructor(fresh: boolean) {
    const state = fresh ? "suggested" : "mapped";
    this.#view = {
      tables: [
        {
          kind: "account",
          xero: accountsXero,
          erpnext: accountsErpnext,
          rows: [
            row(accountsErpnext[2], null, "unmatched", null, "erpnext", fresh ? 0 : 2),
            row(accountsXero[2], null, "unmatched", null),
            row(accountsXero[0], "Sales - MF", state, "same name"),
            row(accountsXero[1], "Wedding Sales - MF", state, 'both named "wedding"'),
            row(accountsXero[3], "Interest Received - MF", state, 'both named "interest"'),
          ],
        },
        {
          kind: "tax",
          xero: taxesXero,
          erpnext: taxesErpnext,
          rows: [
            row(taxesXero[3], null, "unmatched", null),
            row(taxesXero[0], "UK VAT 20% - MF", state, "same rate, 20 %"),
            row(taxesXero[1], "UK VAT 5% - MF", state, "same rate, 5 %"),
            row(taxesXero[2], "UK Zero Rated - MF", state, "same rate, 0 %"),
          ],
        },
      ],
    };
  }

  view(): MappingsView {
    return this.#view;
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
        state: found.counterpart === null ? "unmatched" : "mapped",
        reason: found.counterpart === null ? null : "chosen by you",
        waiting: 0,
      };
    });
  }

  accept(): void {
    this.#map((each) => (each.state === "suggested" ? { ...each, state: "mapped" } : each));
  }
}
