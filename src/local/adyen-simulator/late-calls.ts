export type LateCalls = Readonly<{
  /** Puts off a call until the clock says `due`. It is processed as of that time, however late that is found out. */
  add(due: number, process: (at: number) => void): void;
  /** Processes the calls whose time has come: by that time, and those of one time as they came. */
  catchUp(): void;
}>;

/**
 * The calls that are processed after their caller has gone. The clock may be moved in jumps, so no timer waits for it:
 * whoever is about to look at what the calls change lets them catch up first.
 *
 * @param now ms since the epoch, on whatever scale
 */
export function createLateCalls(now: () => number): LateCalls {
  let waiting: { due: number; process: (at: number) => void }[] = [];
  return {
    add(due, process) {
      waiting.push({ due, process });
    },
    catchUp() {
      const time = now();
      const come = waiting.filter(({ due }) => due <= time).sort((a, b) => a.due - b.due);
      waiting = waiting.filter(({ due }) => due > time);
      for (const { due, process } of come) process(due);
    },
  };
}
