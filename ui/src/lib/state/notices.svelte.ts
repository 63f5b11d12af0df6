import type { ErrorView } from "../backend";

/** A message that comes up at the bottom of the window, with at most one thing to press. */
export interface Notice {
  id: number;
  tone: "plain" | "bad";
  text: string;
  more?: string | undefined;
  action?: { label: string; run: () => void } | undefined;
}

class Notices {
  list = $state<Notice[]>([]);
  #next = 1;

  add(notice: Omit<Notice, "id">): void {
    const id = this.#next++;
    this.list.push({ ...notice, id });
    // Something to press or a failure stays until it has been read.
    if (notice.tone === "plain")
      setTimeout(
        () => {
          this.close(id);
        },
        notice.action ? 12_000 : 6_000,
      );
  }

  say(text: string, action?: Notice["action"]): void {
    this.add({ tone: "plain", text, action });
  }

  fail(error: ErrorView, action?: Notice["action"]): void {
    this.add({ tone: "bad", text: error.message, more: error.next_step ?? undefined, action });
  }

  /** A person who goes to another page has seen what was said on the last one. */
  leavePage(): void {
    this.list = this.list.filter((notice) => notice.tone === "bad");
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
