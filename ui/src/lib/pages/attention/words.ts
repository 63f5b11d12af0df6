import type { AttentionGroup } from "../../backend";
import { counted, kindsOf, listed } from "../../words/counts";
import { formatDecimal } from "../../words/money";

/** "2 invoices, 655.00 GBP waiting". */
export function waitingWords(group: AttentionGroup): string {
  const records =
    group.records.length === group.count ? kindsOf(group.records) : counted(group.count, "record");
  const amounts = group.waiting.map(
    (amount) => `${formatDecimal(amount.value)} ${amount.currency}`,
  );
  return amounts.length > 0 ? `${records}, ${listed(amounts)} waiting` : records;
}
