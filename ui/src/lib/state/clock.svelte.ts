/** The present, moving once a second while something counts down and twice a minute otherwise. */
class Clock {
  now = $state.raw(new Date());
  #fixed = false;

  start(): void {
    setInterval(() => {
      if (!this.#fixed && Date.now() - this.now.getTime() >= 30_000) this.now = new Date();
    }, 5_000);
  }

  tick(): void {
    if (!this.#fixed) this.now = new Date();
  }

  /** Stops at an instant, for pictures that must look the same every time. */
  fix(at: Date): void {
    this.#fixed = true;
    this.now = at;
  }
}

export const clock = new Clock();
