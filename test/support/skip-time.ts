import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';

/** The fake timers that the runner installs, as far as it is used here (@sinonjs/fake-timers). */
type FakeTimers = { clock: { setTickMode(mode: { mode: 'interval'; delta: number }): void } };

/**
 * Prepares this process for the SDK's local runner of durable functions, in which waits take no time.
 *
 * The runner replaces every timer of this process, and `setImmediate`, by those of a clock that advances every 20 ms. The
 * local services would spend most of a run waiting for it, so it advances every millisecond.
 */
export async function skipTime(): Promise<void> {
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
  // The fake `setTimeout` has its clock as a property, which Node's type does not show.
  (setTimeout as unknown as FakeTimers).clock.setTickMode({ mode: 'interval', delta: 1 });
}
