import { randomUUID } from 'node:crypto';
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import type { Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { type Environment, parseWorkflowConfig } from '../config/config.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireWorkflow } from '../wiring/workflow.ts';
import { startDurableRunner } from './durable/runner.ts';
import type { Deliver } from './event-bus/deliveries.ts';
import type { RotationStep } from './secrets-manager/rotation.ts';

/** The timeout of the functions `secretRotation` and `enrolCredentials`, as in serverless.yml (ms). */
const TIMEOUT_MS = 300_000;

/** Functions without an HTTP route. They run in this process. */
export type LocalFunctions = Readonly<{
  deliver: Deliver;
  rotateSecret(step: RotationStep): Promise<void>;
  /** Runs the enrolment once. The gateway runs it again every hour, on the hour. */
  enrolCredentials(): Promise<void>;
  close(): Promise<void>;
}>;

/**
 * Starts the functions that have no HTTP route.
 *
 * @param environment their settings
 * @param timeScale how much faster the time at Adyen runs than real time
 */
export async function startFunctions(environment: Environment, timeScale: number): Promise<LocalFunctions> {
  const config = parseWorkflowConfig(environment);
  const runtime = { aws: createAwsClients(), log: createLog(), metrics: createMetrics() };
  // Imported here and not above: the modules read their settings from process.env when they are loaded.
  const [secretRotation, enrolment] = await Promise.all([
    import('../handlers/secret-rotation.ts'),
    import('../handlers/enrol-credentials.ts'),
  ]);
  const workflow = await startDurableRunner(
    timeScale,
    // middy's type does not show that this execution mode makes a durable function.
    (now) => wireWorkflow(config, { ...runtime, now }) as unknown as DurableLambdaHandler,
  );
  return {
    async deliver(target, event) {
      if (target !== 'workflow') throw new Error(`The function ${target} does not run locally.`);
      await workflow.run(event);
    },
    async rotateSecret(step) {
      await secretRotation.handler(step, newContext());
    },
    async enrolCredentials() {
      await enrolment.handler({}, newContext());
    },
    close: () => workflow.close(),
  };
}

function newContext(): Context {
  const end = Date.now() + TIMEOUT_MS;
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() };
  // The functions read only these two fields of their context.
  return context as Context;
}
