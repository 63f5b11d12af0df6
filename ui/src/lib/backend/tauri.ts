import { Channel } from "@tauri-apps/api/core";
import { type Answer, type Backend, type Calls, Failure } from "./backend";
import { commands, events, type Progress } from "./bindings";

async function value<T>(answer: Promise<Answer<T>>): Promise<T> {
  const got = await answer;
  if (got.status === "ok") return got.data;
  // The framework's own refusals are plain text; ours are views.
  if (typeof got.error === "object") throw new Failure(got.error);
  throw new Error(String(got.error));
}

type AnyCall = (...given: unknown[]) => Promise<Answer<unknown>>;

/** Every generated command, with a refusal thrown instead of answered. */
function calls(): Calls {
  const all = Object.entries(commands) as [string, AnyCall][];
  return Object.fromEntries(
    all.map(([name, call]) => [name, async (...given: unknown[]) => value(call(...given))]),
  ) as Calls;
}

/** The application in the same process, through the shell's commands. */
export const tauriBackend: Backend = {
  ...calls(),
  watchProgress: async (onProgress) => {
    const channel = new Channel<Progress | null>();
    channel.onmessage = onProgress;
    await value(commands.watchProgress(channel));
  },
  pagePainted: () => void commands.pagePainted(),
  onStale: async (heard) => {
    await events.stale.listen((event) => {
      heard(event.payload.tags);
    });
  },
  onRunEnded: async (heard) => {
    await events.runEnded.listen((event) => {
      heard(event.payload);
    });
  },
};
