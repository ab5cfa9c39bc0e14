import type { Context } from 'aws-lambda';
import { v7 as uuidv7 } from 'uuid';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseSecretRotationConfig } from '../config/config.ts';
import { readSecretRotationRequest } from '../secret-rotation/request.ts';
import { createSecretRotation } from '../secret-rotation/rotate-secret.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { countRotation } from '../wiring/count-rotation.ts';
import { wireRotation } from '../wiring/wire-rotation.ts';

const config = parseSecretRotationConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;

const rotateSecret = createSecretRotation({
  ...wireRotation(config, { aws: createAwsClients(), log, metrics, now }),
  newId: uuidv7,
  now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onTried: (result) => countRotation(metrics, result),
});

/** The four steps of Secrets Manager's rotation. An error makes it call again. */
export async function handler(event: unknown, context: Context): Promise<void> {
  const request = readSecretRotationRequest(event);
  const { step, secretId, token } = request;
  try {
    await rotateSecret({
      ...request,
      requestId: context.awsRequestId,
      invocationEndsAt: now() + context.getRemainingTimeInMillis(),
    });
    log.info(step, { secretId, token });
  } catch (error) {
    log.error(`${step} has not come to its end`, { secretId, token, error });
    throw error;
  }
}
