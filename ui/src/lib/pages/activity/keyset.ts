import type { LogLine, LogPage } from "../../backend";

/** The loaded part of the log, newest first. */
export interface Loaded {
  lines: readonly LogLine[];
  total: number;
  /** Whether there are more than that; nobody waits for an exact large number. */
  more: boolean;
  oldestAt: string | null;
  /** Where the next, older page begins; `null` at the end. */
  next: number | null;
}

export const nothing: Loaded = {
  lines: [],
  total: 0,
  more: false,
  oldestAt: null,
  next: null,
};

export function firstPage(page: LogPage): Loaded {
  return {
    lines: page.lines,
    total: page.total,
    more: page.more_than_total ?? false,
    oldestAt: page.oldest_at,
    next: page.next_before,
  };
}

/** Adds an older page. Lines already there are not added twice. */
export function withOlder(loaded: Loaded, page: LogPage): Loaded {
  const last = loaded.lines.at(-1)?.id;
  const fresh = last === undefined ? page.lines : page.lines.filter((line) => line.id < last);
  return {
    ...loaded,
    lines: [...loaded.lines, ...fresh],
    total: page.total,
    more: page.more_than_total ?? false,
    next: page.next_before,
  };
}

/**
 * Takes in a newly read first page while a run is under way. What was loaded stays where the new
 * page reaches it; where it does not (more new lines than a page holds), the list starts again from
 * the new page, so that no line is missing between.
 */
export function withNewer(loaded: Loaded, page: LogPage): Loaded {
  const newest = loaded.lines[0]?.id;
  const reaches =
    newest !== undefined &&
    (page.next_before === null || page.lines.some((line) => line.id <= newest));
  if (!reaches) return firstPage(page);
  const oldestFresh = page.lines.at(-1)?.id ?? newest;
  return {
    lines: [...page.lines, ...loaded.lines.filter((line) => line.id < oldestFresh)],
    total: page.total,
    more: page.more_than_total ?? false,
    oldestAt: page.oldest_at,
    next: loaded.lines.some((line) => line.id < oldestFresh) ? loaded.next : page.next_before,
  };
}
