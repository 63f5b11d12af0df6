import type {
  ChoiceView,
  MappingPreview,
  MappingRow,
  MappingsView,
  MappingTable,
  Side,
} from "../../backend";
import { other, sideName } from "../../words/labels";

/** Values without a counterpart. */
export function openCount(view: MappingsView): number {
  return count(view, "unmatched") + count(view, "gone");
}

/** Suggestions nobody has accepted. */
export function suggestedCount(view: MappingsView): number {
  return count(view, "suggested");
}

function count(view: MappingsView, state: MappingRow["state"]): number {
  return view.tables
    .filter((table) => table.carried)
    .flatMap((table) => table.rows)
    .filter((row) => row.state === state && !row.optional).length;
}

/** "200 · Sales", "Standard rate (20 %)". */
export function choiceName(choice: ChoiceView): string {
  const name = choice.code ? `${choice.code} · ${choice.name}` : choice.name;
  return choice.rate === null || choice.name.includes(choice.rate)
    ? name
    : `${name} (${choice.rate} %)`;
}

/** What the row's other side offers. */
export function offered(table: MappingTable, row: MappingRow): ChoiceView[] {
  return table[other[row.side]];
}

/** Unmatched ones first, those that hold records up before others; last what needs no counterpart. */
export function ordered(rows: readonly MappingRow[]): MappingRow[] {
  const ranks = { unmatched: 0, gone: 0, suggested: 1, mapped: 2 };
  const rank = (row: MappingRow): number =>
    row.state === "unmatched" && row.optional ? 3 : ranks[row.state];
  return [...rows].sort((left, right) => rank(left) - rank(right) || right.waiting - left.waiting);
}

/** Rows in which every typed word is found. */
export function matching(
  rows: readonly MappingRow[],
  table: MappingTable,
  text: string,
): MappingRow[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [...rows];
  return rows.filter((row) => {
    const counterpart = offered(table, row).find((choice) => choice.key === row.counterpart);
    const all = `${choiceName(row.value)} ${row.value.key} ${counterpart ? choiceName(counterpart) : ""}`;
    return words.every((word) => all.toLowerCase().includes(word));
  });
}

/** Which way a row works: a sign and what it means; none where nothing stands for the value. */
export function way(row: MappingRow): { sign: string; words: string } | null {
  if (row.counterpart === null) return null;
  if (row.both_ways) return { sign: "⇄", words: "both ways" };
  return row.side === "xero"
    ? { sign: "→", words: "from Xero to ERPNext only" }
    : { sign: "←", words: "from ERPNext to Xero only" };
}

/** Whether a choice changes something that people relied on, so that they are asked first. */
export function asksFirst(preview: MappingPreview): boolean {
  return preview.effects.some(
    (effect) => effect.before !== effect.after && (effect.before !== null || effect.linked > 0),
  );
}

/** What was saved: "Saved, from Xero to ERPNext." */
export function saved(preview: MappingPreview): string {
  const sides = preview.effects
    .filter((effect) => effect.before !== effect.after)
    .map((effect) => effect.side);
  const [first] = sides;
  if (sides.length > 1) return "Saved, both ways. It is used from the next sync on.";
  if (first === undefined) return "Nothing changed.";
  return `Saved, ${direction(first)}. It is used from the next sync on.`;
}

/** "from Xero to ERPNext". */
export function direction(side: Side): string {
  return `from ${sideName[side]} to ${sideName[other[side]]}`;
}

/**
 * What a choice at an exception is used for, and what becomes of the way back: it never changes one
 * that is there.
 */
export function usedFor(
  remedy: { side: Side; key: string; name: string },
  chosen: ChoiceView | undefined,
): string {
  const from = sideName[remedy.side];
  const to = sideName[other[remedy.side]];
  const use = `Used for what comes from ${from}, from now on.`;
  if (!chosen) return use;
  const name = choiceName(chosen);
  if (chosen.counterpart === null) {
    return `${use} On its way to ${from}, ${to}'s ${name} becomes ${remedy.name}: it had no counterpart.`;
  }
  return chosen.counterpart === remedy.key
    ? `${use} On its way to ${from}, ${to}'s ${name} becomes it already.`
    : `${use} On its way to ${from}, ${to}'s ${name} stays ${chosen.counterpart}.`;
}
