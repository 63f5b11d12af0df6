import type { Kind, RecordFilter, RecordStanding, Side } from "../../backend";

/** What the controls above the list say. */
export interface Controls {
  text: string;
  kind: Kind | "all";
  side: Side | "both";
  standing: RecordStanding | "any";
  amount: string;
  from: string;
  until: string;
}

export const open: Controls = {
  text: "",
  kind: "all",
  side: "both",
  standing: "any",
  amount: "",
  from: "",
  until: "",
};

export const sides: { value: Side | "both"; label: string }[] = [
  { value: "both", label: "Both sides" },
  { value: "xero", label: "In Xero" },
  { value: "erpnext", label: "In ERPNext" },
];

export const standings: { value: RecordStanding | "any"; label: string }[] = [
  { value: "any", label: "Any state" },
  { value: "linked", label: "Linked" },
  { value: "waiting", label: "Waiting" },
  { value: "alone", label: "On one side" },
  { value: "ended", label: "Ended" },
];

const amount = /^-?[\d,]*(\.\d*)?(\s*\.\.\s*-?[\d,]*(\.\d*)?)?$/;

/** What is wrong with an amount as it is typed; nothing where it can be read. */
export function amountProblem(text: string): string | undefined {
  const typed = text.trim();
  if (typed === "" || (amount.test(typed) && /\d/.test(typed))) return undefined;
  return "Write it like 1440.00, or 1000..1440";
}

function said(text: string): string | null {
  const typed = text.trim();
  return typed === "" ? null : typed;
}

export function filterOf(controls: Controls): RecordFilter {
  return {
    text: said(controls.text),
    kind: controls.kind === "all" ? null : controls.kind,
    side: controls.side === "both" ? null : controls.side,
    standing: controls.standing === "any" ? null : controls.standing,
    amount: amountProblem(controls.amount) ? null : said(controls.amount),
    from: said(controls.from),
    until: said(controls.until),
  };
}

/** Whether any control is set, so that an empty list can say why it is empty. */
export function isFiltered(controls: Controls): boolean {
  return JSON.stringify(filterOf(controls)) !== JSON.stringify(filterOf(open));
}
