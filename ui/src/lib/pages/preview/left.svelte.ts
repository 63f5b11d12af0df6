import type { PreviewView, RunView } from "../../backend";
import { sync } from "../../state/sync.svelte";

const none: ReadonlySet<number> = new Set();

/** What a person leaves for later, by the numbers of a preview; those of another one mean nothing. */
class Left {
  #of = $state.raw("");
  #numbers = $state.raw(none);

  in(preview: PreviewView | undefined): ReadonlySet<number> {
    return preview !== undefined && preview.made_at === this.#of ? this.#numbers : none;
  }

  leave(preview: PreviewView, numbers: ReadonlySet<number>): void {
    this.#of = preview.made_at;
    this.#numbers = numbers;
  }

  /** Does what the preview says, but for what was left. */
  async apply(preview: PreviewView | undefined): Promise<RunView | undefined> {
    const hold = [...this.in(preview)];
    const approve = preview?.needs_approval ?? false;
    return hold.length > 0 ? sync.but(approve, hold) : sync.now(approve);
  }
}

export const left = new Left();
