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

/** The timeout of the function `secretRotation`, as in serverless.yml (ms). */
const SECRET_ROTATION_TIMEOUT_MS = 300_000;

/** The functions that the event bus and Secrets Manager call. They run in this process. */
export type LocalFunctions = Readonly<{
  deliver: Deliver;
  rotateSecret(step: RotationStep): Promise<void>;
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
  // Imported here and not above: the module reads its settings from process.env when it is loaded.
  const secretRotation = await import('../handlers/secret-rotation.ts');
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
      const end = Date.now() + SECRET_ROTATION_TIMEOUT_MS;
      const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() };
      // The function reads only these two fields of its context.
      await secretRotation.handler(step, context as Context);
    },
    close: () => workflow.close(),
  };
}
