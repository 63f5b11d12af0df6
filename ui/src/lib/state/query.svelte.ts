import { asErrorView, type ErrorView, type Tag } from "../backend";

/**
 * Something read from the backend and read again when it becomes stale. The last answer stays on
 * show while a new one is under way, so a page that is opened again is there at once.
 */
export class Query<T> {
  data = $state.raw<T>();
  error = $state.raw<ErrorView>();
  loading = $state(false);
  /** Loading the first answer takes longer than 200 ms: time for a skeleton. */
  slow = $state(false);

  readonly #read: () => Promise<T>;
  readonly tags: readonly Tag[];
  #asked = 0;
  /** The newest reading that has been answered. */
  #answered = 0;
  #users = 0;
  #dirty = true;
  #slowly: ReturnType<typeof setTimeout> | undefined;

  constructor(tags: readonly Tag[], read: () => Promise<T>) {
    this.tags = tags;
    this.#read = read;
  }

  /**
   * Reads again. An answer is shown unless a newer reading has been answered before it: readings
   * that follow each other closely must not keep a page empty until the last of them is done.
   */
  async refresh(): Promise<void> {
    const mine = ++this.#asked;
    this.#dirty = false;
    this.loading = true;
    this.#slowly ??= setTimeout(() => {
      this.slow = this.loading;
    }, 200);
    try {
      const data = await this.#read();
      if (mine > this.#answered) this.set(data);
    } catch (thrown) {
      if (mine > this.#answered) this.error = asErrorView(thrown);
    } finally {
      this.#answered = Math.max(mine, this.#answered);
      if (mine === this.#asked) {
        clearTimeout(this.#slowly);
        this.#slowly = undefined;
        this.loading = false;
        this.slow = false;
      }
    }
  }

  /** Takes over an answer that another call brought. */
  set(data: T): void {
    this.data = data;
    this.error = undefined;
  }

  /** Called when a page that shows it opens; the answer says it has closed. */
  use(): () => void {
    this.#users += 1;
    if (this.#dirty || this.error) void this.refresh();
    return () => {
      this.#users -= 1;
    };
  }

  /**
   * Marks the answer as old; reads again at once where it is on show. Done when that is answered.
   */
  async invalidate(): Promise<void> {
    this.#dirty = true;
    if (this.#users > 0) await this.refresh();
  }
}
