import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { OperationUpdate } from '@aws/durable-execution-sdk-js';
import { listeningPort } from '../../src/local/listening-port.ts';

export type Checkpoints = Readonly<{ url: string; close(): Promise<void> }>;

const STATUSES = {
  START: 'STARTED',
  SUCCEED: 'SUCCEEDED',
  FAIL: 'FAILED',
  RETRY: 'PENDING',
  CANCEL: 'CANCELLED',
};

/**
 * Starts a server with the part of Lambda's API that a durable function calls until it waits: it accepts every checkpoint
 * and keeps none (API reference of `CheckpointDurableExecution`). The SDK's testing package has no server over HTTP.
 */
export async function startCheckpoints(): Promise<Checkpoints> {
  const server = createServer(async (request, response) => {
    // The SDK of the function is the only client.
    const { Updates } = (await json(request)) as { Updates: OperationUpdate[] };
    const body = { CheckpointToken: 'next', NewExecutionState: { Operations: Updates.map(operationAfter) } };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${listeningPort(server)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An operation as the checkpoint of an update leaves it. */
function operationAfter({ Action = 'START', Payload, WaitOptions, ...update }: OperationUpdate) {
  const StartTimestamp = Date.now() / 1000;
  const StepDetails = { Attempt: 1, Result: Payload };
  const WaitDetails = { ScheduledEndTimestamp: StartTimestamp + (WaitOptions?.WaitSeconds ?? 0) };
  return { ...update, Status: STATUSES[Action], StartTimestamp, StepDetails, WaitDetails };
}
