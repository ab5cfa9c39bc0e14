import { createRetryStrategy, type DurableContext, JitterStrategy } from '@aws/durable-execution-sdk-js';
import { MISSING } from '../rotation/managed-secret-error.ts';
import type { Clock } from '../rotation/ports.ts';
import { type Durable, WorkflowFailed } from '../workflow/durable.ts';

/** Retries for temporary failures: about a day in all, so that an outage of hours ends no execution. */
const retry = createRetryStrategy({
  maxAttempts: 150,
  initialDelay: { seconds: 5 },
  maxDelay: { minutes: 10 },
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
          isFinal(error, attempt) ? { shouldRetry: false } : retry(error, attempt),
      }),
    wait: async (name, ms) => wait(name, ms),
    waitUntil: async (name, time) => wait(name, Date.parse(time) - now()),
    invocationEndsAt: () => now() + context.lambdaContext.getRemainingTimeInMillis(),
  };
}

/** A secret that does not exist must be made by a person: a quarter of an hour is enough to see that. */
function isFinal(error: Error, attempt: number): boolean {
  return error.name === WorkflowFailed.name || (error.name === MISSING && attempt >= 8);
}
