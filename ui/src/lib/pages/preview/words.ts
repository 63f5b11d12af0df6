import type { PreviewView } from "../../backend";
import { counted, sum } from "../../words/counts";

/** How many writes a plan holds. */
export function writes(preview: PreviewView): number {
  return sum(preview.to_xero) + sum(preview.to_erpnext);
}

/** What the button says: the result, not "OK". */
export function startLabel(preview: PreviewView): string {
  const count = writes(preview);
  if (count > 0) return `Apply ${counted(count, "change")}`;
  const links = sum(preview.link);
  return links > 0 ? `Link ${counted(links, "record")}` : "Sync now";
}
