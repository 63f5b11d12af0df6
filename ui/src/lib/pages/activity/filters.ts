import type { Kind, LogFilter, Outcome, Side } from "../../backend";
import { startOfDay } from "../../words/time";

export type Period = "all" | "today" | "week" | "month";
export type OutcomeGroup = "all" | "needs" | "agrees" | "voided" | "runs";

/** What the controls above the log say. */
export interface Controls {
  text: string;
  period: Period;
  kind: Kind | "all";
  towards: Side | "both";
  outcome: OutcomeGroup;
  run: number | null;
}

export const open: Controls = {
  text: "",
  period: "all",
  kind: "all",
  towards: "both",
  outcome: "all",
  run: null,
};

export const periods: { value: Period; label: string }[] = [
  { value: "all", label: "All time" },
  { value: "today", label: "Today" },
  { value: "week", label: "Last 7 days" },
  { value: "month", label: "Last 30 days" },
];

export const kindChoices: { value: Kind | "all"; label: string }[] = [
  { value: "all", label: "All kinds" },
  { value: "contact", label: "Contacts" },
  { value: "invoice", label: "Invoices" },
  { value: "credit_note", label: "Credit notes" },
  { value: "payment", label: "Payments" },
];

export const directions: { value: Side | "both"; label: string }[] = [
  { value: "both", label: "Both ways" },
  { value: "xero", label: "→ Xero" },
  { value: "erpnext", label: "→ ERPNext" },
];

export const outcomeChoices: { value: OutcomeGroup; label: string }[] = [
  { value: "all", label: "All outcomes" },
  { value: "needs", label: "Needs you" },
  { value: "agrees", label: "Agrees" },
  { value: "voided", label: "Voided" },
  { value: "runs", label: "Runs" },
];

const groups: Record<OutcomeGroup, Outcome[]> = {
  all: [],
  needs: ["refused", "conflict", "waiting", "in_doubt"],
  agrees: ["agrees", "linked"],
  voided: ["voided"],
  runs: ["nothing_new", "stopped", "failed", "note"],
};

export function filterOf(controls: Controls, now: Date): LogFilter {
  const days: Record<Period, number | null> = { all: null, today: 0, week: 6, month: 29 };
  const back = days[controls.period];
  const text = controls.text.trim();
  return {
    text: text === "" ? null : text,
    kind: controls.kind === "all" ? null : controls.kind,
    towards: controls.towards === "both" ? null : controls.towards,
    outcomes: groups[controls.outcome],
    since: back === null ? null : startOfDay(now, back),
    until: null,
    run: controls.run,
  };
}

/** Whether any control is set, so that an empty list can say why it is empty. */
export function isFiltered(controls: Controls): boolean {
  return JSON.stringify({ ...controls, text: controls.text.trim() }) !== JSON.stringify(open);
}
