import type { Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseSweepConfig } from '../config/config.ts';
import { createFindDue } from '../dynamodb/due-rotations.ts';
import { createSweep, type SweepResult } from '../rotation/sweep.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireAudit } from '../wiring/wire-audit.ts';

const config = parseSweepConfig(process.env);
const aws = createAwsClients();
const metrics = createMetrics();
const log = createLog();
const now = Date.now;

const sweep = createSweep({
  ...wireAudit(config, { aws, log, metrics, now }),
  findDue: createFindDue(aws.table, config.auditTableName),
  now,
  log,
  onClosed: ({ status, credential }) => metrics.countRotation(status, credential.level),
  onFailed: () => metrics.countSweepFailure(),
});

/** Every 5 minutes, by a schedule: sees to the rotations whose function is gone, and to the events that are due. */
export async function handler(_event: unknown, context: Context): Promise<SweepResult> {
  const result = await sweep(now() + context.getRemainingTimeInMillis());
  log.info('sweep', result);
  return result;
}
