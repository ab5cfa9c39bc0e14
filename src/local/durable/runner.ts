import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { withWaits } from './waits.ts';

export type DurableRunner = Readonly<{
  /** Runs one event to the end of its execution. Throws what that has failed with. */
  run(event: object): Promise<void>;
  close(): Promise<void>;
}>;

/**
 * Runs a durable function with the SDK's local runner. While an execution waits, its time runs `scale` times as fast:
 * so it keeps pace with the simulated Adyen.
 *
 * @param handlerAt makes the function, on the clock of one execution
 */
export async function startDurableRunner(
  scale: number,
  handlerAt: (now: () => number) => DurableLambdaHandler,
): Promise<DurableRunner> {
  await LocalDurableTestRunner.setupTestEnvironment();
  return {
    async run(event) {
      let skipped = 0;
      const handler = handlerAt(() => Date.now() + skipped);
      const shortened = (seconds: number) => {
        const real = Math.ceil(seconds / scale);
        skipped += (seconds - real) * 1000;
        return real;
      };
      const handlerFunction: DurableLambdaHandler = (input, context) =>
        handler(withWaits(input, shortened), context);
      const result = await new LocalDurableTestRunner({ handlerFunction }).run({ payload: event });
      if (result.getStatus() !== 'SUCCEEDED') throw new Error(result.getError().errorMessage);
    },
    close: () => LocalDurableTestRunner.teardownTestEnvironment(),
  };
}
