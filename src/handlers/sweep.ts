import type { Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseSweepConfig } from '../config/config.ts';
import { createFindDue } from '../dynamodb/due-rotations.ts';
import { createSweep, type SweepResult } from '../rotation/sweep.ts';
import { wireAudit } from '../wiring/audit.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';

const config = parseSweepConfig(process.env);
const aws = createAwsClients();
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const { audit, announce, clearOutbox, expire, recordKeyEvent, managedSecretOf } = wireAudit(config, {
  aws,
  log,
  metrics,
  now,
});

const sweep = createSweep({
  findDue: createFindDue(aws.table, config.auditTableName),
  managedSecretOf,
  audit,
  announce,
  clearOutbox,
  recordKeyEvent,
  expire,
  now,
  log,
  metrics,
});

/** Every 5 minutes, by a schedule: ends the rotations whose function is gone, and raises the events that are due. */
export async function handler(_event: unknown, context: Context): Promise<SweepResult> {
  const result = await sweep(now() + context.getRemainingTimeInMillis());
  log.info('sweep', result);
  return result;
}
