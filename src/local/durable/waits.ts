import {
  type DurableExecutionClient,
  DurableExecutionInvocationInputWithClient,
  type OperationUpdate,
} from '@aws/durable-execution-sdk-js';

/**
 * An invocation of the SDK's local runner whose waits last as long as `last` says.
 *
 * @param last is told of each wait (s) when it begins, and gives how long it is to be (s)
 */
export function withWaits(
  input: unknown,
  last: (seconds: number) => number,
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
        ...(Updates && { Updates: Updates.map((update) => lasting(update, last)) }),
      }),
  };
  return new DurableExecutionInvocationInputWithClient(input, changed);
}

/** Two kinds of updates begin a wait: one for itself, and one before a step is tried again. */
function lasting(update: OperationUpdate, last: (seconds: number) => number): OperationUpdate {
  const { WaitOptions, StepOptions } = update;
  if (WaitOptions?.WaitSeconds !== undefined) {
    return { ...update, WaitOptions: { ...WaitOptions, WaitSeconds: last(WaitOptions.WaitSeconds) } };
  }
  if (StepOptions?.NextAttemptDelaySeconds !== undefined) {
    const seconds = last(StepOptions.NextAttemptDelaySeconds);
    return { ...update, StepOptions: { ...StepOptions, NextAttemptDelaySeconds: seconds } };
  }
  return update;
}
