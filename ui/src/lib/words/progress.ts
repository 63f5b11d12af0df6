import type { Progress } from "../backend";
import { number } from "./counts";
import { kindName, sideName } from "./labels";
import { secondsUntil } from "./time";

/** "Reading invoices in Xero", "Writing contacts to ERPNext". */
export function doing(progress: Progress): string {
  const records = progress.kind ? `${kindName[progress.kind].toLowerCase()}s` : "records";
  const side = progress.side ? sideName[progress.side] : undefined;
  if (progress.stopping) return "Stopping; finishing what has begun";
  if (progress.paused) return "Paused";
  switch (progress.stage) {
    case "starting":
      return "Checking both connections";
    case "reading":
      return side ? `Reading ${records} in ${side}` : `Reading ${records}`;
    case "planning":
      return "Comparing both sides";
    case "writing":
      return side ? `Writing ${records} to ${side}` : `Writing ${records}`;
    case "comparing":
      return "Comparing receivables";
  }
}

/** "412 of 2,118, 340 a minute". */
export function counts(progress: Progress): string {
  const parts: string[] = [];
  if (progress.total !== null) parts.push(`${number(progress.done)} of ${number(progress.total)}`);
  else if (progress.done > 0) parts.push(number(progress.done));
  if (progress.per_minute !== null && !progress.paused) {
    parts.push(`${number(progress.per_minute)} a minute`);
  }
  return parts.join(", ");
}

/** "Xero allows 60 calls a minute; continuing in 14 s". */
export function waiting(progress: Progress, now: Date): string | undefined {
  if (!progress.waiting) return undefined;
  const { reason, until } = progress.waiting;
  if (until === null) return reason;
  return `${reason}; continuing in ${secondsUntil(until, now)} s`;
}

/** How far the stage is, between 0 and 1; `undefined` where nobody can know. */
export function fraction(progress: Progress): number | undefined {
  if (progress.total === null || progress.total === 0) return undefined;
  return Math.min(1, progress.done / progress.total);
}
