export type LateCalls = Readonly<{
  /** Puts a call off until `due`. `process` gets `due` as its time, even if the call is processed later. */
  add(due: number, process: (at: number) => void): void;
  /** Processes all calls that are due: the earliest first, and calls with the same time in the order of arrival. */
  catchUp(): void;
}>;

/**
 * The calls that Adyen processes after the caller's connection has ended. A test may move the clock in jumps, so there
 * is no timer: `catchUp` is called before anything reads what the calls change.
 *
 * @param now ms since the epoch; it may run at another speed than real time
 */
export function createLateCalls(now: () => number): LateCalls {
  let waiting: { due: number; process: (at: number) => void }[] = [];
  return {
    add(due, process) {
      waiting.push({ due, process });
    },
    catchUp() {
      const time = now();
      const dueCalls = waiting.filter(({ due }) => due <= time).sort((a, b) => a.due - b.due);
      waiting = waiting.filter(({ due }) => due > time);
      for (const { due, process } of dueCalls) process(due);
    },
  };
}
