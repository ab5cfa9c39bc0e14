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

/** How long one call of Secrets Manager may take, as in serverless.yml (ms). */
const SECRET_ROTATION_TIMEOUT_MS = 300_000;

/** The functions that events and Secrets Manager call, in this process. */
export type LocalFunctions = Readonly<{
  deliver: Deliver;
  rotateSecret(step: RotationStep): Promise<void>;
  close(): Promise<void>;
}>;

/**
 * Starts the functions that no route leads to, with the settings of this process's environment.
 *
 * @param timeScale how much faster than here the time at Adyen runs
 */
export async function startFunctions(environment: Environment, timeScale: number): Promise<LocalFunctions> {
  const config = parseWorkflowConfig(environment);
  const parts = { aws: createAwsClients(), log: createLog(), metrics: createMetrics() };
  // Read only now: it looks for its settings when it is loaded.
  const secretRotation = await import('../handlers/secret-rotation.ts');
  const workflow = await startDurableRunner(
    timeScale,
    // middy's type does not tell that in this mode it is a durable function.
    (now) => wireWorkflow(config, { ...parts, now }) as unknown as DurableLambdaHandler,
  );
  return {
    async deliver(target, event) {
      if (target !== 'workflow') throw new Error(`No function ${target} runs here.`);
      await workflow.run(event);
    },
    async rotateSecret(step) {
      const end = Date.now() + SECRET_ROTATION_TIMEOUT_MS;
      const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() };
      // What the function reads of its context.
      await secretRotation.handler(step, context as Context);
    },
    close: () => workflow.close(),
  };
}
