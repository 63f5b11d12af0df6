import { asErrorView, backend, type Progress, type RunView, type Tag } from "../backend";
import { counted } from "../words/counts";
import { notices } from "./notices.svelte";
import { invalidate } from "./queries.svelte";
import { router } from "./router.svelte";

const everything: Tag[] = [
  "overview",
  "activity",
  "attention",
  "mappings",
  "connections",
  "preview",
  "setup",
];

/** The run under way, for every page. The backend says when it moves. */
class Sync {
  progress = $state.raw<Progress | null>(null);
  /** A run was asked for here and has not ended. */
  asked = $state(false);

  get running(): boolean {
    return this.asked || this.progress !== null;
  }

  async watch(): Promise<void> {
    await backend().watchProgress((progress) => {
      const began = this.progress === null && progress !== null;
      const ended = this.progress !== null && progress === null;
      this.progress = progress;
      if (began) invalidate(["setup"]);
      if (ended) invalidate(everything);
    });
    await backend().onStale(invalidate);
    await backend().onRunEnded((run) => {
      this.announce(run);
    });
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
      this.asked = false;
      invalidate(everything);
    }
  }

  async now(approve = false): Promise<RunView | undefined> {
    return this.run(async () => backend().sync(approve));
  }

  async retry(
    what: Parameters<ReturnType<typeof backend>["retry"]>[0],
  ): Promise<RunView | undefined> {
    return this.run(async () => backend().retry(what));
  }

  async pauseOrResume(): Promise<void> {
    await quietly(this.progress?.paused ? backend().resume() : backend().pause());
  }

  async stop(): Promise<void> {
    await quietly(backend().stop());
  }

  private announce(run: RunView): void {
    const written = run.to_xero + run.to_erpnext;
    switch (run.outcome) {
      case "agrees":
        notices.say(
          written + run.linked > 0
            ? `In agreement. ${counted(written, "record")} written, ${run.linked} linked.`
            : "In agreement. Nothing had changed.",
        );
        break;
      case "needs_attention":
        notices.say(
          `${counted(written, "record")} written. ${counted(run.exceptions, "record needs", "records need")} you.`,
          router.page === "attention"
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
        notices.say(`Stopped. ${counted(written, "record")} written before that; nothing is lost.`);
        break;
      case "needs_approval":
        notices.say("This would change many records at once. Look at it first.", {
          label: "Open preview",
          run: () => {
            router.go("preview");
          },
        });
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
