/** Which rows of a list exist: those in sight and a few on either side. */
export function visibleRange(
  top: number,
  height: number,
  rowHeight: number,
  count: number,
  spare = 8,
): { first: number; end: number } {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);
  return { first: Math.min(first, end), end };
}

/** Where to scroll so that a row is in sight; `undefined` where it is already. */
export function reveal(
  index: number,
  rowHeight: number,
  top: number,
  height: number,
): number | undefined {
  const start = index * rowHeight;
  if (start < top) return start;
  if (start + rowHeight > top + height) return start + rowHeight - height;
  return undefined;
}
