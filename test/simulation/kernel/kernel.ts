import { createQueue } from './queue.ts';

/**
 * Virtual time. Things happen one after another, and between two of them only microtasks run: what awaits a model
 * continues at once, and nothing depends on the real clock or on the machine.
 */
export type Kernel = Readonly<{
  /** ms since the epoch. */
  now(): number;
  at(time: number, run: () => unknown): void;
  /** @param run may return {@link QUIET} */
  after(ms: number, run: () => unknown): void;
  sleep(ms: number): Promise<void>;
  /** Lets time pass until then. */
  run(until: number): Promise<void>;
}>;

/** The callback has resumed no process, so there is no microtask to wait for. This saves a third of the time. */
export const QUIET = Symbol('quiet');

export function createKernel(start: number): Kernel {
  const queue = createQueue();
  let time = start;
  let order = 0;

  const at = (due: number, run: () => unknown) => {
    order += 1;
    queue.add({ time: Math.max(due, time), order, run });
  };

  return {
    now: () => time,
    at,
    after: (ms, run) => at(time + ms, run),
    sleep: (ms) => new Promise((resolve) => at(time + ms, resolve)),
    async run(until) {
      for (let next = queue.takeUntil(until); next; next = queue.takeUntil(until)) {
        time = next.time;
        if (next.run() !== QUIET) await microtasks();
      }
      time = until;
    },
  };
}

/** Node runs every microtask before the next tick. An immediate would take a turn of the event loop, and be slower. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
