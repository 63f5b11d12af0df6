import { locale } from "./locale";
import type { Kind, KindCounts } from "../backend";

/** A grouped whole number. */
export function number(count: number): string {
  return new Intl.NumberFormat(locale(), { useGrouping: true }).format(count);
}

/** "1 invoice", "2 invoices", "1,204 invoices". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** "3 contacts, 9 invoices, 2 credit notes and 4 payments", leaving out what there is none of. */
export function kinds(counts: KindCounts): string {
  const parts = [
    counts.contacts > 0 ? counted(counts.contacts, "contact") : "",
    counts.invoices > 0 ? counted(counts.invoices, "invoice") : "",
    counts.credit_notes > 0 ? counted(counts.credit_notes, "credit note") : "",
    counts.payments > 0 ? counted(counts.payments, "payment") : "",
  ].filter((part) => part !== "");
  return listed(parts);
}

export function sum(counts: KindCounts): number {
  return counts.contacts + counts.invoices + counts.credit_notes + counts.payments;
}

/** "2 invoices" or "1 contact and 2 invoices" for a list of records. */
export function kindsOf(records: { kind: Kind }[]): string {
  const of = (kind: Kind): number => records.filter((record) => record.kind === kind).length;
  return kinds({
    contacts: of("contact"),
    invoices: of("invoice"),
    credit_notes: of("credit_note"),
    payments: of("payment"),
  });
}

/** "a, b and c". */
export function listed(words: string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
