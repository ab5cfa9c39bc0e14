import { writeFile } from 'node:fs/promises';
import { OperationType, type TestResult } from '@aws/durable-execution-sdk-js-testing';
import { printsHelp } from '../../src/cli/run-command.ts';
import { captureOutput } from '../support/output.ts';
import { skipTime } from '../support/skip-time.ts';
import { startWorld } from '../support/workflow-world.ts';
import { fileOf, type History, type Operation, textOf } from './history.ts';
import { PATHS } from './paths.ts';

const USAGE = `Usage: npm run record:workflow

Records the checkpoints of each main path with the workflow as it is now, for the test that replays them.`;

if (printsHelp(USAGE)) process.exit(0);
await skipTime();
// The jitter of the waiting times: the same in every recording.
Math.random = () => 0.5;
for (const [name, prepare] of Object.entries(PATHS)) {
  const output = captureOutput();
  const history = await record(prepare).finally(() => output.release());
  await writeFile(fileOf(name), textOf(history));
  console.log(`${fileOf(name)}: ${history.operations.length} checkpoints`);
}
// The local runner would keep the process alive.
process.exit(0);

async function record(prepare: (typeof PATHS)[string]): Promise<History> {
  const world = await startWorld();
  try {
    const event = await prepare(world);
    const result = await world.run(event);
    return { event: readByWorkflow(event), end: endOf(result), operations: operationsOf(result) };
  } finally {
    await world.close();
  }
}

/** The part of an event that the workflow reads. The rest has the time of the recording. */
function readByWorkflow(event: object): History['event'] {
  const { id, source, 'detail-type': type, detail }: Record<string, unknown> = { ...event };
  return { id, source, 'detail-type': type, detail };
}

function endOf(result: TestResult): History['end'] {
  return result.getStatus() === 'SUCCEEDED'
    ? { result: result.getResult() }
    : { error: result.getError().errorMessage ?? '' };
}

function operationsOf(result: TestResult): Operation[] {
  return result.getOperations().map((operation) => {
    const name = operation.getName() ?? '';
    switch (operation.getType()) {
      case OperationType.STEP:
        return { step: name, result: operation.getStepDetails()?.result };
      case OperationType.WAIT:
        return { wait: name };
      default:
        throw new Error(`No history can have an operation of the type ${operation.getType()}.`);
    }
  });
}
