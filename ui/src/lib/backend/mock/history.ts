import { Failure } from "../backend";
import type { HistoryJob, HistoryView, PreviewView } from "../bindings";
import { preview } from "./books";
import { before } from "./scenario";

/** The import of old documents of the made-up books. */
export class MadeUpHistory {
  #job: HistoryJob | null;

  constructor(state: string) {
    this.#job =
      state === "running" || state === "partial"
        ? {
            from: "2023-01-01",
            until: "2025-03-31",
            asked_at: before(2_400),
            state: state === "running" ? "under_way" : "waits",
            written: 9_240,
            linked: 4_118,
            left: 6_642,
            percent: 66,
            remaining_seconds: 1_140,
            xero_calls: 214,
            parts: 7,
            exceptions: 12,
            error: null,
            ended_at: null,
          }
        : null;
  }

  view(): HistoryView {
    return { job: this.#job && { ...this.#job }, start_date: "2025-04-01" };
  }

  preview(from: string): PreviewView {
    if (from >= "2025-04-01") {
      throw new Failure({
        code: "usage",
        message: `${from} is after 2025-03-31; documents from 2025-04-01 on are carried by every sync.`,
        next_step: "Give an earlier day.",
        details: null,
        side: null,
      });
    }
    return preview(false);
  }

  ask(from: string, until: string | null): HistoryView {
    this.#job = {
      from,
      until: until ?? "2025-03-31",
      asked_at: before(0),
      state: "under_way",
      written: 0,
      linked: 0,
      left: null,
      percent: null,
      remaining_seconds: null,
      xero_calls: 0,
      parts: 0,
      exceptions: 0,
      error: null,
      ended_at: null,
    };
    return this.view();
  }

  hold(waits: boolean): HistoryView {
    if (this.#job) this.#job.state = waits ? "waits" : "under_way";
    return this.view();
  }

  cancel(): HistoryView {
    if (this.#job) this.#job = { ...this.#job, state: "ended", ended_at: before(0) };
    return this.view();
  }
}
