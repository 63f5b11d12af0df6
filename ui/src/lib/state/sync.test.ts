import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ErrorView, OverviewView, Progress, RunView } from "../backend";
import { setBackend, type Backend } from "../backend";
import { queries } from "./queries.svelte";
import { Sync } from "./sync.svelte";

const progress = { run: 1, stage: "writing", paused: false } as Progress;
const ran: RunView = {
  id: 1,
  started_at: "2026-11-22T14:00:00Z",
  finished_at: "2026-11-22T14:00:09Z",
  reason: "person",
  outcome: "stopped",
  to_xero: 12,
  to_erpnext: 172,
  payments: 0,
  credit_notes: 0,
  records_written: 184,
  markers: 441,
  writes: 625,
  linked: 429,
  exceptions: 0,
  ignored: 0,
  held: 0,
  later: 0,
  about: null,
  apart: 0,
  xero_calls: 7,
  error: null,
};

let hear: (progress: Progress | null) => void = () => undefined;
let overviews: ((view: OverviewView) => void)[] = [];
let finish: (run: RunView) => void = () => undefined;
let told: (run: RunView) => void = () => undefined;

const settled = async (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);
const view = (agreement: string): OverviewView => ({ agreement }) as OverviewView;

beforeAll(() => {
  vi.useFakeTimers();
  const backend: Partial<Backend> = {
    overview: async () =>
      new Promise((answer) => {
        overviews.push(answer);
      }),
    watchProgress: async (heard) => {
      hear = heard;
      return Promise.resolve();
    },
    onStale: async () => Promise.resolve(),
    onRunEnded: async (heard) => {
      told = heard;
      return Promise.resolve();
    },
    sync: async () =>
      new Promise((done) => {
        finish = done;
      }),
  };
  setBackend(backend as Backend);
  queries.overview.use();
});
beforeEach(async () => {
  overviews.at(-1)?.(view("not_synced"));
  await settled();
  overviews = [];
});

describe("a run that ends", () => {
  it("is on show until the pages say what it did", async () => {
    const sync = new Sync();
    await sync.watch();
    hear(progress);
    hear(null);
    await settled();
    // Otherwise the overview would say for a moment that nothing has been synced yet.
    expect(queries.overview.data?.agreement).toBe("not_synced");
    expect([sync.running, sync.progress?.run]).toEqual([true, 1]);
    overviews[0]?.(view("agrees"));
    await settled();
    expect(queries.overview.data?.agreement).toBe("agrees");
    expect([sync.running, sync.progress]).toEqual([false, null]);
  });

  it("does not take the next one off the page", async () => {
    const sync = new Sync();
    await sync.watch();
    hear(progress);
    hear(null);
    hear({ ...progress, run: 2 });
    overviews[0]?.(view("agrees"));
    await settled();
    expect(sync.progress?.run).toBe(2);
  });

  it("that was asked for here is over when the pages have been read again", async () => {
    const sync = new Sync();
    const answer = sync.now();
    finish(ran);
    await settled();
    expect(sync.running).toBe(true);
    overviews[0]?.(view("agrees"));
    expect((await answer)?.records_written).toBe(184);
    expect(sync.running).toBe(false);
  });

  it("asks whether to take over where another installation syncs, and only whoever asked for a run", async () => {
    const said = { code: "synced_elsewhere", message: "By anna on LAPTOP." } as ErrorView;
    const met: RunView = { ...ran, outcome: "elsewhere", error: said };
    const sync = new Sync();
    await sync.watch();
    told({ ...met, reason: "schedule" });
    expect(sync.elsewhere).toBeNull();
    const answer = sync.now();
    finish(met);
    await settled();
    expect(sync.elsewhere?.message).toBe("By anna on LAPTOP.");
    overviews[0]?.(view("agrees"));
    await answer;
  });
});
