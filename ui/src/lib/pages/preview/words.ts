import type { PreviewItem, PreviewView } from "../../backend";
import { counted, sum } from "../../words/counts";

/** How many writes a plan holds. */
export function writes(preview: PreviewView): number {
  return sum(preview.to_xero) + sum(preview.to_erpnext);
}

/** Whether something is done about it that can be left for later. */
export function canWait(item: PreviewItem): boolean {
  return item.change !== "wait";
}

/** Of the listed items, how many writes and links are left for later. */
function leftOut(
  preview: PreviewView,
  left: ReadonlySet<number>,
): { writes: number; links: number } {
  const items = preview.items.filter((item) => canWait(item) && left.has(item.number));
  const links = items.filter((item) => item.change === "link").length;
  return { writes: items.length - links, links };
}

/** What the button says: the result, not "OK". */
export function startLabel(preview: PreviewView, left: ReadonlySet<number> = new Set()): string {
  const out = leftOut(preview, left);
  const count = Math.max(0, writes(preview) - out.writes);
  if (count > 0) return `Apply ${counted(count, "change")}`;
  const links = Math.max(0, sum(preview.link) - out.links);
  return links > 0 ? `Link ${counted(links, "record")}` : "Sync now";
}

/** Whether an item says a text somewhere: its number, contact, amount, or what will happen. */
export function says(item: PreviewItem, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  const plain = wanted.replaceAll(",", "");
  return (
    [item.title, item.contact ?? "", item.text].some((each) =>
      each.toLowerCase().includes(wanted),
    ) ||
    (plain !== "" && item.amount?.value.startsWith(plain) === true)
  );
}

/** The same numbers with these taken in, or left out. */
export function changed(
  left: ReadonlySet<number>,
  items: readonly PreviewItem[],
  leaves: boolean,
): ReadonlySet<number> {
  const next = new Set(left);
  for (const item of items.filter(canWait)) {
    if (leaves) next.add(item.number);
    else next.delete(item.number);
  }
  return next;
}
