import { Failure } from "../backend";
import type {
  Kind,
  Preset,
  PresetView,
  RuleChange,
  RuleEffect,
  RuleView,
  RulesChanged,
  RulesImported,
  RulesView,
} from "../bindings";

const presets: PresetView[] = [
  {
    preset: "both_ways",
    title: "Both ways",
    explained: [
      "Contacts, invoices, credit notes and payments travel from each side to the other.",
      "What is edited, paid or voided on one side is so on the other.",
      "Where both sides changed the same field, you are asked.",
    ],
  },
  {
    preset: "erpnext_sells",
    title: "ERPNext sells, Xero keeps the books",
    explained: [
      "Customers, invoices and credit notes go from ERPNext to Xero, and so do edits of them.",
      "Payments come back: what is paid in Xero, where the bank feed is, is paid in ERPNext.",
      "What somebody edits in Xero is shown to you, to be taken over or put back; it is never changed unasked.",
      "Invoices that were made in Xero stay there, and are listed as left alone.",
    ],
  },
  {
    preset: "xero_sells",
    title: "Xero sells, ERPNext follows",
    explained: [
      "Contacts, invoices, credit notes and payments go from Xero to ERPNext, and so do edits of them.",
      "What somebody edits in ERPNext is shown to you, to be taken over or put back; it is never changed unasked.",
      "What was made in ERPNext stays there, and is listed as left alone.",
    ],
  },
];

const travel: Record<RuleView["direction"], string> = {
  both: "both ways",
  to_xero: "to Xero only",
  to_erpnext: "to ERPNext only",
  off: "not at all",
};

function rule(kind: Kind): RuleView {
  return {
    kind,
    direction: "both",
    start_date: null,
    voids: kind === "contact" ? null : "void",
    conflicts: kind === "payment" ? null : "ask",
    drafts: kind === "invoice" ? false : null,
    only_with_documents: kind === "contact" ? false : null,
    prepayments: null,
  };
}

/** The rules of the made-up books. */
export class MadeUpRules {
  #now: RulesView = {
    rules: [rule("contact"), rule("invoice"), rule("credit_note"), rule("payment")],
    preset: "both_ways",
    presets,
    start_date: "2025-04-01",
    closed_until: null,
    tax_filed: null,
    ask_from_voids: 10,
    ask_from_updates: 200,
  };

  view(): RulesView {
    return structuredClone(this.#now);
  }

  choose(preset: Preset, save: boolean): RulesChanged {
    const direction = (kind: Kind): RuleView["direction"] =>
      preset === "both_ways"
        ? "both"
        : preset === "xero_sells" || kind === "payment"
          ? "to_erpnext"
          : "to_xero";
    return this.change(
      this.#now.rules.map(({ kind }) => ({ kind, set: { direction: direction(kind) } })),
      save,
    );
  }

  change(changes: RuleChange[], save: boolean): RulesChanged {
    const then = this.view();
    const effects: RuleEffect[] = [];
    for (const { kind, set } of changes) {
      if ("start_date" in set) {
        if (set.start_date !== null && !/^(19|20|21)\d\d-\d\d-\d\d$/.test(set.start_date)) {
          throw new Failure({
            code: "usage",
            message: `"${set.start_date}" is no day.`,
            next_step: "Write it as year, month, day: 2026-04-01; or none.",
            details: null,
            side: null,
          });
        }
        effects.push({
          kind: null,
          what: "start date",
          before: then.start_date ?? "none",
          after: set.start_date ?? "none",
          affects: ["37 documents and payments that were left alone are carried by the next sync."],
          records: 37,
        });
        then.start_date = set.start_date;
      } else if ("closed_until" in set) {
        effects.push({
          kind: null,
          what: "books closed until",
          before: then.closed_until ?? "none",
          after: set.closed_until ?? "none",
          affects: ["What is on both sides already stays as it is."],
          records: 0,
        });
        then.closed_until = set.closed_until;
      } else if ("tax_filed" in set) {
        effects.push({
          kind: null,
          what: "tax filed to",
          before: then.tax_filed ?? "none",
          after: set.tax_filed ?? "none",
          affects: ["What is on both sides already stays as it is."],
          records: 0,
        });
        then.tax_filed = set.tax_filed;
      } else if ("ask_from_voids" in set) then.ask_from_voids = set.ask_from_voids;
      else if ("ask_from_updates" in set) then.ask_from_updates = set.ask_from_updates;
      else {
        for (const own of then.rules.filter((each) => kind === null || each.kind === kind)) {
          const before = travel[own.direction];
          Object.assign(own, set);
          if ("direction" in set && before !== travel[own.direction]) {
            effects.push({
              kind: own.kind,
              what: "travel",
              before,
              after: travel[own.direction],
              affects: ["12 that only ERPNext has stay there."],
              records: 12,
            });
          } else if (!("direction" in set)) {
            effects.push({
              kind: own.kind,
              what: "edited on both sides",
              before: "asked about",
              after: "Xero's value holds",
              affects: ["2 that were edited on both sides are decided about anew."],
              records: 2,
            });
          }
        }
      }
    }
    const all = (preset: Preset): boolean =>
      then.rules.every(
        ({ kind, direction }) =>
          direction ===
          (preset === "both_ways"
            ? "both"
            : preset === "xero_sells" || kind === "payment"
              ? "to_erpnext"
              : "to_xero"),
      );
    then.preset = presets.map(({ preset }) => preset).find(all) ?? null;
    const contacts = then.rules.find(({ kind }) => kind === "contact")?.direction;
    const warnings =
      contacts === "off"
        ? [
            "Contacts do not travel to Xero, so invoices, credit notes, payments of a contact that is not there yet wait.",
          ]
        : [];
    if (save) this.#now = then;
    return {
      effects,
      warnings,
      saved: save && effects.length > 0,
      rules: save ? then : this.view(),
    };
  }

  take(text: string, save: boolean): RulesImported {
    if (!text.includes('"counterfoil"')) {
      throw new Failure({
        code: "usage",
        message: "This is no file of Counterfoil's rules.",
        next_step: "Choose a file that was exported from the rules of a pairing.",
        details: null,
        side: null,
      });
    }
    return {
      changed: this.change([{ kind: "invoice", set: { direction: "to_xero" } }], save),
      mappings: 40,
      taken: 38,
      as_before: 30,
      not_taken: [
        {
          mapping: 'account "238 Freight" of Xero to "Freight"',
          why: 'Xero\'s account 238 is "Freight income" here',
        },
        {
          mapping: 'account "239 Clearing" of Xero to "Clearing"',
          why: "Xero has no such account here",
        },
      ],
    };
  }
}
