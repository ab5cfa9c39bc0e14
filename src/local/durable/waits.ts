import {
  type DurableExecutionClient,
  DurableExecutionInvocationInputWithClient,
  type OperationUpdate,
} from '@aws/durable-execution-sdk-js';

/**
 * An invocation of the SDK's local runner with other waiting times.
 *
 * @param durationOf called with the duration of each wait (s) when it begins; returns the duration to use instead (s)
 */
export function withWaits(
  input: unknown,
  durationOf: (seconds: number) => number,
): DurableExecutionInvocationInputWithClient {
  if (!DurableExecutionInvocationInputWithClient.isInstance(input)) {
    throw new TypeError('not an invocation of the local runner');
  }
  const { durableExecutionClient: client } = input;
  const changed: DurableExecutionClient = {
    getExecutionState: (request) => client.getExecutionState(request),
    checkpoint: ({ Updates, ...request }) =>
      client.checkpoint({
        ...request,
        ...(Updates && { Updates: Updates.map((update) => withDuration(update, durationOf)) }),
      }),
  };
  return new DurableExecutionInvocationInputWithClient(input, changed);
}

/** Two kinds of updates begin a wait: a wait itself, and the pause before a step is retried. */
function withDuration(update: OperationUpdate, durationOf: (seconds: number) => number): OperationUpdate {
  const { WaitOptions, StepOptions } = update;
  if (WaitOptions?.WaitSeconds !== undefined) {
    return { ...update, WaitOptions: { ...WaitOptions, WaitSeconds: durationOf(WaitOptions.WaitSeconds) } };
  }
  if (StepOptions?.NextAttemptDelaySeconds !== undefined) {
    const seconds = durationOf(StepOptions.NextAttemptDelaySeconds);
    return { ...update, StepOptions: { ...StepOptions, NextAttemptDelaySeconds: seconds } };
  }
  return update;
}
