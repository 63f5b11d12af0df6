import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Query } from "./query.svelte";

/** A backend whose answers come when the test says so. */
function slowly<T>() {
  const asked: { answer: (value: T) => void; refuse: (why: unknown) => void }[] = [];
  const read = async (): Promise<T> =>
    new Promise((answer, refuse) => {
      asked.push({ answer, refuse });
    });
  return { asked, query: new Query<T>(["overview"], read) };
}

const settled = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what a page reads", () => {
  it("stays on show while it is read again", async () => {
    const { asked, query } = slowly<string>();
    query.use();
    asked[0]?.answer("before");
    await settled();
    void query.invalidate();
    await settled();
    expect([query.data, query.loading]).toEqual(["before", true]);
    asked[1]?.answer("after");
    await settled();
    expect([query.data, query.loading]).toEqual(["after", false]);
  });

  it("stays on show with the failure of reading it again", async () => {
    const { asked, query } = slowly<string>();
    query.use();
    asked[0]?.answer("before");
    await settled();
    void query.invalidate();
    asked[1]?.refuse(new Error("no"));
    await settled();
    expect(query.data).toBe("before");
    expect(query.error).toBeDefined();
    expect(query.loading).toBe(false);
  });

  it("is shown as soon as any reading is answered, however many follow it", async () => {
    const { asked, query } = slowly<number>();
    query.use();
    void query.invalidate();
    void query.invalidate();
    asked[0]?.answer(1);
    await settled();
    expect([query.data, query.loading]).toEqual([1, true]);
    asked[2]?.answer(3);
    await settled();
    // The second comes last and is older than what is shown.
    asked[1]?.answer(2);
    await settled();
    expect([query.data, query.loading]).toEqual([3, false]);
  });

  it("is slow after 200 ms, and readings that follow each other do not put that off", async () => {
    const { asked, query } = slowly<number>();
    query.use();
    for (let again = 0; again < 3; again += 1) {
      await vi.advanceTimersByTimeAsync(90);
      void query.invalidate();
    }
    expect(query.slow).toBe(true);
    asked[3]?.answer(1);
    await settled();
    expect(query.slow).toBe(false);
  });

  it("says when it has been read again, and at once where nobody looks", async () => {
    const { asked, query } = slowly<number>();
    await query.invalidate();
    expect(asked.length).toBe(0);
    query.use();
    asked[0]?.answer(1);
    await settled();
    let done = false;
    void query.invalidate().then(() => {
      done = true;
    });
    await settled();
    expect(done).toBe(false);
    asked[1]?.answer(2);
    await settled();
    expect(done).toBe(true);
  });
});
