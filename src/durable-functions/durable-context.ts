import { createRetryStrategy, type DurableContext, JitterStrategy } from '@aws/durable-execution-sdk-js';
import type { Clock } from '../rotation/ports.ts';
import { type Durable, WorkflowFailed } from '../workflow/durable.ts';

/** Retries for temporary failures: about a quarter of an hour in all. */
const retry = createRetryStrategy({
  maxAttempts: 8,
  initialDelay: { seconds: 5 },
  maxDelay: { minutes: 5 },
  backoffRate: 2,
  jitter: JitterStrategy.HALF,
});

/** A workflow's steps and waits, as AWS's durable execution keeps them. */
export function durableOf(context: DurableContext, now: Clock): Durable {
  const wait = (name: string, ms: number) =>
    context.wait(name, { seconds: Math.max(1, Math.ceil(ms / 1000)) });
  return {
    step: (name, run) =>
      context.step(name, run, {
        retryStrategy: (error, attempt) =>
          error.name === WorkflowFailed.name ? { shouldRetry: false } : retry(error, attempt),
      }),
    wait: async (name, ms) => wait(name, ms),
    waitUntil: async (name, time) => wait(name, Date.parse(time) - now()),
    invocationEndsAt: () => now() + context.lambdaContext.getRemainingTimeInMillis(),
  };
}
