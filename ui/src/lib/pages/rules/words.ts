import { calendarDay } from "../../words/time";
import type { Conflicts, Direction, Kind, RulesView, Voids } from "../../backend";

export const directions: { value: Direction; label: string }[] = [
  { value: "both", label: "Both ways" },
  { value: "to_xero", label: "To Xero only" },
  { value: "to_erpnext", label: "To ERPNext only" },
  { value: "off", label: "Not at all" },
];

export const conflicts: { value: Conflicts; label: string }[] = [
  { value: "ask", label: "Ask me" },
  { value: "xero", label: "Xero's value holds" },
  { value: "erpnext", label: "ERPNext's value holds" },
];

export const voids: { value: Voids; label: string }[] = [
  { value: "void", label: "End it on the other too" },
  { value: "ask", label: "Ask me" },
  { value: "never", label: "Leave it on the other" },
];

/** What the rules come to, in a sentence. */
export function summary(view: RulesView): string {
  const preset = view.presets.find(({ preset }) => preset === view.preset);
  const way = preset ? `${preset.title}.` : "Your own choice of directions.";
  const since = view.start_date ? ` Documents from ${calendarDay(view.start_date)} on.` : "";
  return way + since;
}

/** The settings that hold for all kinds, as a form has them. */
export interface ForAll {
  start: string;
  closed: string;
  filed: string;
  voids: string;
  updates: string;
}

export function filled(view: RulesView): ForAll {
  return {
    start: view.start_date ?? "",
    closed: view.closed_until ?? "",
    filed: view.tax_filed ?? "",
    voids: String(view.ask_from_voids),
    updates: String(view.ask_from_updates),
  };
}

/** What of the form is another one than the rules say, as changes; and what is wrong with it. */
export function changes(
  form: ForAll,
  view: RulesView,
): { kind: Kind | null; set: Record<string, string | number | null> }[] | string {
  const found: { kind: null; set: Record<string, string | number | null> }[] = [];
  if (form.start !== (view.start_date ?? "")) {
    found.push({ kind: null, set: { start_date: form.start || null } });
  }
  if (form.closed !== (view.closed_until ?? "")) {
    found.push({ kind: null, set: { closed_until: form.closed || null } });
  }
  if (form.filed !== (view.tax_filed ?? "")) {
    found.push({ kind: null, set: { tax_filed: form.filed || null } });
  }
  for (const [key, typed, now] of [
    ["ask_from_voids", form.voids, view.ask_from_voids],
    ["ask_from_updates", form.updates, view.ask_from_updates],
  ] as const) {
    if (!/^[1-9]\d{0,8}$/.test(typed.trim())) return "Give a whole number from 1 on.";
    if (Number(typed) !== now) found.push({ kind: null, set: { [key]: Number(typed) } });
  }
  return found;
}
