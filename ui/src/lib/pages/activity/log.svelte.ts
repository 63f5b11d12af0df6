import { asErrorView, backend, type ErrorView, type LogFilter } from "../../backend";
import { firstPage, nothing, withNewer, withOlder, type Loaded } from "./keyset";

const pageSize = 200;

/** The log as loaded so far, and how to get more of it. */
export class Log {
  loaded = $state.raw<Loaded>(nothing);
  error = $state.raw<ErrorView>();
  loading = $state(false);
  slow = $state(false);
  /** A first page has come. */
  ready = $state(false);

  #filter: LogFilter = {};
  #asked = 0;
  #older = false;

  /** Starts again with another filter. */
  async open(filter: LogFilter): Promise<void> {
    this.#filter = filter;
    await this.#first(firstPage);
  }

  /** Takes in what has been written since. */
  async follow(): Promise<void> {
    if (this.loading) return;
    await this.#first((page) => withNewer(this.loaded, page));
  }

  /** Loads the next, older page when the end comes near. */
  async older(): Promise<void> {
    const before = this.loaded.next;
    if (before === null || this.#older || this.loading) return;
    this.#older = true;
    const mine = this.#asked;
    try {
      const page = await backend().log(this.#filter, before, pageSize);
      if (mine === this.#asked) this.loaded = withOlder(this.loaded, page);
    } catch (thrown) {
      this.error = asErrorView(thrown);
    } finally {
      this.#older = false;
    }
  }

  async #first(
    take: (page: Awaited<ReturnType<ReturnType<typeof backend>["log"]>>) => Loaded,
  ): Promise<void> {
    const mine = ++this.#asked;
    this.loading = true;
    const timer = setTimeout(() => {
      if (mine === this.#asked && this.loading) this.slow = true;
    }, 200);
    try {
      const page = await backend().log(this.#filter, null, pageSize);
      if (mine !== this.#asked) return;
      this.loaded = take(page);
      this.error = undefined;
      this.ready = true;
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
}
