import type { Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseSweepConfig } from '../config/config.ts';
import type { SweepResult } from '../rotation/sweep.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireSweep } from '../wiring/sweep.ts';

const config = parseSweepConfig(process.env);
const log = createLog();
const now = Date.now;
const sweep = wireSweep(config, { aws: createAwsClients(), log, metrics: createMetrics(), now });

/** Every 5 minutes, by a schedule: ends the rotations whose function is gone, and raises the events that are due. */
export async function handler(_event: unknown, context: Context): Promise<SweepResult> {
  const result = await sweep(now() + context.getRemainingTimeInMillis());
  log.info('sweep', result);
  return result;
}
