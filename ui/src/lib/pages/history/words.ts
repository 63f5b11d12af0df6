import type { HistoryView, KindCounts } from "../../backend";
import { counted } from "../../words/counts";
import { calendarDay } from "../../words/time";

/** How the import stands, in a sentence. */
export function summary(view: HistoryView): string {
  const since = view.start_date
    ? `Documents from ${calendarDay(view.start_date)} on are carried by every sync.`
    : "Documents of any date are carried by every sync.";
  switch (view.job?.state) {
    case "under_way":
      return "Older documents are being imported in the background; what is new goes first.";
    case "waits":
    case "held":
      return "The import of older documents waits.";
    default:
      return since;
  }
}

/** How many records of each kind, in words; nothing where there are none. */
export function counts(kinds: KindCounts): string {
  return [
    kinds.contacts > 0 && counted(kinds.contacts, "contact", "contacts"),
    kinds.invoices > 0 && counted(kinds.invoices, "invoice", "invoices"),
    kinds.credit_notes > 0 && counted(kinds.credit_notes, "credit note", "credit notes"),
    kinds.payments > 0 && counted(kinds.payments, "payment", "payments"),
  ]
    .filter((part) => part !== false)
    .join(", ");
}

/** About how long, in words. */
export function long(seconds: number): string {
  if (seconds <= 90) return counted(seconds, "second", "seconds");
  if (seconds <= 5_400) return `about ${counted(Math.ceil(seconds / 60), "minute", "minutes")}`;
  return `about ${counted(Math.ceil(seconds / 3_600), "hour", "hours")}`;
}
