import { onMount } from "svelte";
import {
  backend,
  type AttentionView,
  type CheckView,
  type ConnectionsView,
  type HistoryView,
  type KeptApartListView,
  type MappingsView,
  type OverviewView,
  type PreviewView,
  type RulesView,
  type RunView,
  type ScheduleView,
  type SettingsView,
  type SetupView,
  type Tag,
} from "../backend";
import { Query } from "./query.svelte";

/** Everything the pages read. */
export const queries = {
  setup: new Query<SetupView>(["setup"], async () => backend().setup()),
  check: new Query<CheckView>(["setup"], async () => backend().check()),
  overview: new Query<OverviewView>(["overview", "activity"], async () => backend().overview()),
  preview: new Query<PreviewView>(["preview"], async () => backend().preview()),
  runs: new Query<RunView[]>(["activity"], async () => backend().runs(null)),
  attention: new Query<AttentionView>(["attention"], async () => backend().attention()),
  apart: new Query<KeptApartListView>(["attention", "activity"], async () => backend().apart()),
  mappings: new Query<MappingsView>(["mappings"], async () => backend().mappings(false)),
  rules: new Query<RulesView>(["rules"], async () => backend().rules()),
  history: new Query<HistoryView>(["history", "activity"], async () => backend().history()),
  connections: new Query<ConnectionsView>(["connections"], async () => backend().connections()),
  schedule: new Query<ScheduleView>(["schedule"], async () => backend().schedule()),
  settings: new Query<SettingsView>(["settings"], async () => backend().settings()),
};

/** Uses a query for as long as the calling component is on the page. */
export function used<T>(query: Query<T>): Query<T> {
  onMount(() => query.use());
  return query;
}

/** What listens to stale tags besides the queries (the log's list). */
const listeners = new Set<(tags: readonly Tag[]) => void>();

export function onStale(heard: (tags: readonly Tag[]) => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

/** Marks as old whatever carries one of the tags. Done when what is on show has been read again. */
export async function invalidate(tags: readonly Tag[]): Promise<void> {
  const again = Object.values(queries)
    .filter((query) => query.tags.some((tag) => tags.includes(tag)))
    .map(async (query) => query.invalidate());
  for (const listener of listeners) listener(tags);
  await Promise.all(again);
}

/** Other books are open now: whatever was read of the last ones is old. `setup` has come with the answer. */
export async function otherBooks(setup: SetupView): Promise<void> {
  queries.setup.set(setup);
  const tags = Object.values(queries).flatMap((query) => query.tags);
  await invalidate([...new Set(tags)].filter((tag) => tag !== "setup"));
}
