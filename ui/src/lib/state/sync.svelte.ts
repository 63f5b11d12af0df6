import {
  asErrorView,
  backend,
  type ErrorView,
  type Progress,
  type RunView,
  type Tag,
} from "../backend";
import { counted, number } from "../words/counts";
import { notices } from "./notices.svelte";
import { invalidate } from "./queries.svelte";
import { router } from "./router.svelte";

/** What says how the books stand. */
const standing: Tag[] = ["overview", "activity", "attention"];
/** What may take calls to both sides to read again, so that nobody waits for it. */
const others: Tag[] = ["mappings", "connections", "preview", "setup"];

/** After a run; done when the pages say how the books stand now. */
async function reread(): Promise<void> {
  void invalidate(others);
  await invalidate(standing);
}

/** The run under way, for every page. The backend says when it moves. */
export class Sync {
  /**
   * Its last news stays until the pages have read what it did: between its end and then they would
   * say that nothing has been synced yet.
   */
  progress = $state.raw<Progress | null>(null);
  /** What is said of a side that seems to have been put back to an earlier state, until it is answered. */
  wentBack = $state.raw<ErrorView | null>(null);
  /** What is said of another installation that syncs, until it is answered. */
  elsewhere = $state.raw<ErrorView | null>(null);
  /** A run was asked for here, and has not ended or is not on show yet. */
  asked = $state(false);
  #news = 0;

  get running(): boolean {
    return this.asked || this.progress !== null;
  }

  async watch(): Promise<void> {
    await backend().watchProgress((progress) => {
      this.#news += 1;
      if (progress !== null) {
        const began = this.progress === null;
        this.progress = progress;
        if (began) void invalidate(["setup"]);
      } else if (this.progress !== null) {
        void this.#ended(this.#news);
      }
    });
    await backend().onStale((tags) => void invalidate(tags));
    await backend().onRunEnded((run) => {
      // What starts by itself, finds nothing to do and goes well is nothing to be told each hour.
      const byItself = run.reason === "schedule" || run.reason === "real_time";
      const well = run.outcome === "agrees" || run.outcome === "done";
      // What waits for another installation is tried again, and the schedule says so.
      const quiet = byItself && (well || run.outcome === "elsewhere");
      // A part of many of an import is told of on its page.
      const part = run.reason === "history" && run.outcome !== "failed";
      if (!part && (!quiet || run.records_written > 0)) this.announce(run);
    });
  }

  /** Shows what the run did, and only then that it is over; another may have begun meanwhile. */
  async #ended(news: number): Promise<void> {
    await reread();
    if (news === this.#news) this.progress = null;
  }

  /** Runs something that syncs and says how it ended. */
  async run(start: () => Promise<RunView>): Promise<RunView | undefined> {
    if (this.asked) return undefined;
    this.asked = true;
    try {
      const run = await start();
      this.announce(run);
      return run;
    } catch (thrown) {
      notices.fail(asErrorView(thrown));
      return undefined;
    } finally {
      await reread();
      this.asked = false;
    }
  }

  async now(approve = false): Promise<RunView | undefined> {
    return this.run(async () => backend().sync(approve));
  }

  /** All but what was left out of the preview, by its numbers. */
  async but(approve: boolean, hold: readonly number[]): Promise<RunView | undefined> {
    return this.run(async () => backend().syncBut(approve, [...hold]));
  }

  async retry(
    what: Parameters<ReturnType<typeof backend>["retry"]>[0],
  ): Promise<RunView | undefined> {
    return this.run(async () => backend().retry(what));
  }

  /** One record alone, as the log and Needs attention name it. */
  async one(record: string): Promise<RunView | undefined> {
    return this.run(async () => backend().syncRecords([record]));
  }

  async pauseOrResume(): Promise<void> {
    await quietly(this.progress?.paused ? backend().resume() : backend().pause());
  }

  async stop(): Promise<void> {
    await quietly(backend().stop());
  }

  private announce(run: RunView): void {
    const written = counted(run.records_written, "record");
    switch (run.outcome) {
      case "agrees": {
        const agree =
          run.ignored > 0
            ? `In agreement, but for ${counted(run.ignored, "record")} set aside.`
            : "In agreement.";
        notices.say(
          run.records_written + run.linked > 0
            ? `${agree} ${written} written, ${number(run.linked)} linked.`
            : `${agree} Nothing had changed.`,
        );
        break;
      }
      case "done":
        notices.say(
          `Done: ${run.about ?? "what was asked for"}. ${
            run.records_written + run.linked > 0
              ? `${written} written, ${number(run.linked)} linked.`
              : "Nothing had changed."
          }`,
        );
        break;
      case "needs_attention":
        notices.say(
          `${written} written, ${number(run.linked)} linked. ${
            run.exceptions > 0
              ? `${counted(run.exceptions, "record needs", "records need")} you.`
              : run.apart > 0
                ? "What customers owe differs all the same."
                : "The next sync goes on."
          }`,
          router.page === "attention" || run.exceptions === 0
            ? undefined
            : {
                label: "Show",
                run: () => {
                  router.go("attention");
                },
              },
        );
        break;
      case "stopped":
        notices.say(`Stopped. ${written} written before that; nothing is lost.`);
        break;
      case "needs_approval":
        if (run.error?.code === "went_back_in_time") {
          this.wentBack = run.error;
          break;
        }
        notices.say("This would change many records at once. Look at it first.", {
          label: "Open preview",
          run: () => {
            router.go("preview");
          },
        });
        break;
      case "elsewhere":
        if (!run.error) break;
        // What starts by itself asks nobody.
        if (this.asked) this.elsewhere = run.error;
        else notices.say(run.error.message);
        break;
      case "failed":
        if (run.error) notices.fail(run.error);
        break;
      case "running":
        break;
    }
  }
}

async function quietly(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    notices.fail(asErrorView(thrown));
  }
}

export const sync = new Sync();
