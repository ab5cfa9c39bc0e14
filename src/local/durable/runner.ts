import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { withWaits } from './waits.ts';

export type DurableRunner = Readonly<{
  /** Runs one execution to its end. Throws an error if the execution fails. */
  run(event: object): Promise<void>;
  close(): Promise<void>;
}>;

/**
 * Runs a durable function with the SDK's local runner. While an execution waits, its time runs `scale` times as fast,
 * to keep pace with the simulated Adyen.
 *
 * @param handlerAt makes the function for one execution, given the execution's clock
 */
export async function startDurableRunner(
  scale: number,
  handlerAt: (now: () => number) => DurableLambdaHandler,
): Promise<DurableRunner> {
  await LocalDurableTestRunner.setupTestEnvironment();
  return {
    async run(event) {
      let skippedMs = 0;
      const handler = handlerAt(() => Date.now() + skippedMs);
      const shorten = (seconds: number) => {
        const shortened = Math.ceil(seconds / scale);
        skippedMs += (seconds - shortened) * 1000;
        return shortened;
      };
      const handlerFunction: DurableLambdaHandler = (input, context) =>
        handler(withWaits(input, shorten), context);
      const result = await new LocalDurableTestRunner({ handlerFunction }).run({ payload: event });
      if (result.getStatus() !== 'SUCCEEDED') throw new Error(result.getError().errorMessage);
    },
    close: () => LocalDurableTestRunner.teardownTestEnvironment(),
  };
}
