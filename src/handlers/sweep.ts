import type { Context } from 'aws-lambda';
import { createFindDue } from '../audit/open-rotations.ts';
import { parseSweepConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createSweep, type SweepResult } from '../rotation/sweep.ts';
import { createAwsClients } from './aws-clients.ts';
import { wireAudit } from './wire-audit.ts';

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
