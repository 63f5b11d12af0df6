/**
 * The only door from the page to the application behind it.
 *
 * Two implementations: `tauri.ts` over the generated commands, and `mock/` with made-up books for
 * looking at every state in a browser. Components use the door and never the Tauri API. Which calls
 * there are is said in `src-tauri/src/commands.rs`, and nowhere else.
 */
import type * as v from "./bindings";

type Commands = typeof v.commands;

/** What the shell answers. */
export type Answer<T> = { status: "ok"; data: T } | { status: "error"; error: v.ErrorView };

/** What one of the generated calls answers, once its answer has been looked at. */
type Value<Call> = Call extends (...given: infer Given) => Promise<Answer<infer T>>
  ? (...given: Given) => Promise<[T] extends [null] ? void : T>
  : never;

/** Every call of the application that is a question and an answer. */
export type Calls = {
  [Name in Exclude<keyof Commands, "watchProgress" | "pagePainted">]: Value<Commands[Name]>;
};

export interface Backend extends Calls {
  /** Calls back at once and whenever the run under way moves; `null` when there is none. */
  watchProgress(onProgress: (progress: v.Progress | null) => void): Promise<void>;
  /** Tells the shell that the page has painted. */
  pagePainted(): void;

  onStale(heard: (tags: v.Tag[]) => void): Promise<void>;
  onRunEnded(heard: (run: v.RunView) => void): Promise<void>;
}

/** A failure with its cause and next step; the only thing a backend call throws. */
export class Failure extends Error {
  readonly view: v.ErrorView;

  constructor(view: v.ErrorView) {
    super(view.message);
    this.name = "Failure";
    this.view = view;
  }
}

/** Any thrown value as a view, so that every failure can be shown with a next step. */
export function asErrorView(thrown: unknown): v.ErrorView {
  if (thrown instanceof Failure) return thrown.view;
  return {
    code: "bug",
    message: "Something went wrong in Counterfoil itself.",
    next_step: "Try again. If it happens again, send the details to your developer.",
    details: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    side: null,
  };
}
