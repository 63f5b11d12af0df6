import type { ChoiceView, MappingRow, MappingsView, MappingTable } from "../../backend";
import { other } from "../../words/labels";

/** Values without a counterpart. */
export function openCount(view: MappingsView): number {
  return count(view, "unmatched");
}

/** Suggestions nobody has accepted. */
export function suggestedCount(view: MappingsView): number {
  return count(view, "suggested");
}

function count(view: MappingsView, state: MappingRow["state"]): number {
  return view.tables.flatMap((table) => table.rows).filter((row) => row.state === state).length;
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

/** Unmatched ones first, those that hold records up before others. */
export function ordered(rows: readonly MappingRow[]): MappingRow[] {
  const rank = { unmatched: 0, suggested: 1, mapped: 2 };
  return [...rows].sort(
    (left, right) => rank[left.state] - rank[right.state] || right.waiting - left.waiting,
  );
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
