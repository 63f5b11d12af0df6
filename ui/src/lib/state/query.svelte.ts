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
  #users = 0;
  #dirty = true;

  constructor(tags: readonly Tag[], read: () => Promise<T>) {
    this.tags = tags;
    this.#read = read;
  }

  /** Reads again; of several readings under way the newest wins. */
  async refresh(): Promise<void> {
    const mine = ++this.#asked;
    this.#dirty = false;
    this.loading = true;
    const timer = setTimeout(() => {
      if (mine === this.#asked && this.loading) this.slow = true;
    }, 200);
    try {
      const data = await this.#read();
      if (mine === this.#asked) this.set(data);
    } catch (thrown) {
      if (mine === this.#asked) this.error = asErrorView(thrown);
    } finally {
      clearTimeout(timer);
      if (mine === this.#asked) {
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

  /** Marks the answer as old; reads again at once where it is on show. */
  invalidate(): void {
    this.#dirty = true;
    if (this.#users > 0) void this.refresh();
  }
}
