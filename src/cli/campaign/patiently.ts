import { setTimeout as sleep } from 'node:timers/promises';

/** The pauses before a call is repeated (ms): the SDK has repeated it a few times by then. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000];

/** Repeats a call that fails, with growing pauses, and throws its last error. An abort ends the pauses. */
export async function patiently<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) throw error;
      await pauseFor(pause, signal);
    }
  }
  return run();
}

/** Sleeps so long (ms), or until the abort. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
