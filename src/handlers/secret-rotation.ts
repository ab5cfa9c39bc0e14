import type { Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseSecretRotationConfig } from '../config/config.ts';
import { readSecretRotationRequest } from '../secret-rotation/request.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireSecretRotation } from '../wiring/secret-rotation.ts';
import { sleep } from '../wiring/sleep.ts';

const log = createLog();
const now = Date.now;
const rotateSecret = wireSecretRotation(
  parseSecretRotationConfig(process.env),
  { aws: createAwsClients(), log, metrics: createMetrics(), now },
  sleep,
);

/** The four steps of Secrets Manager's rotation. After an error it calls again. */
export async function handler(event: unknown, context: Context): Promise<void> {
  const request = readSecretRotationRequest(event);
  const { step, secretId, token } = request;
  try {
    await rotateSecret({
      step,
      secretId,
      token,
      requestId: context.awsRequestId,
      invocationEndsAt: now() + context.getRemainingTimeInMillis(),
    });
    log.info(step, { secretId, token });
  } catch (error) {
    log.error(`${step} failed`, { secretId, token, error });
    throw error;
  }
}
