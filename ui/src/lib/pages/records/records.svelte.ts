import {
  asErrorView,
  backend,
  type ErrorView,
  type RecordFilter,
  type RecordLine,
} from "../../backend";

const pageSize = 200;

/** The records as loaded so far, and how to get more of them. */
export class Records {
  lines = $state.raw<readonly RecordLine[]>([]);
  error = $state.raw<ErrorView>();
  slow = $state(false);
  /** A first page has come. */
  ready = $state(false);
  /** Whether there are more than are loaded. */
  more = $state(false);

  #filter: RecordFilter = {};
  #next: string | null = null;
  #asked = 0;
  #older = false;

  /** Starts again with another filter. */
  async open(filter: RecordFilter): Promise<void> {
    this.#filter = filter;
    const mine = ++this.#asked;
    const timer = setTimeout(() => {
      if (mine === this.#asked) this.slow = true;
    }, 200);
    try {
      const page = await backend().records(filter, null, pageSize);
      if (mine !== this.#asked) return;
      this.#take(page.records, page.next);
      this.error = undefined;
      this.ready = true;
    } catch (thrown) {
      if (mine === this.#asked) this.error = asErrorView(thrown);
    } finally {
      clearTimeout(timer);
      if (mine === this.#asked) this.slow = false;
    }
  }

  /** Reads what is shown once more. */
  async again(): Promise<void> {
    await this.open(this.#filter);
  }

  /** Loads the next, older page when the end comes near. */
  async older(): Promise<void> {
    if (this.#next === null || this.#older) return;
    this.#older = true;
    const mine = this.#asked;
    try {
      const page = await backend().records(this.#filter, this.#next, pageSize);
      if (mine === this.#asked) this.#take([...this.lines, ...page.records], page.next);
    } catch (thrown) {
      if (mine === this.#asked) this.error = asErrorView(thrown);
    } finally {
      this.#older = false;
    }
  }

  #take(lines: readonly RecordLine[], next: string | null): void {
    this.lines = lines;
    this.#next = next;
    this.more = next !== null;
  }
}
