import type { Context, ScheduledEvent } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseCheckConfig } from '../config/config.ts';
import { type CheckResult, windowsAt } from '../rotation/check-keys.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireChecks } from '../wiring/checks.ts';
import { sleep } from '../wiring/sleep.ts';

/** As the schedule in serverless.yml has it (ms). */
const PERIOD_MS = 60_000;

const config = parseCheckConfig(process.env);
const log = createLog();
const now = Date.now;
const checkKeys = wireChecks(config, { aws: createAwsClients(), log, metrics: createMetrics(), now }, sleep);

/** Every minute, by a schedule: probes the keys in use whose turn it is. */
export async function handler(event: ScheduledEvent, context: Context): Promise<CheckResult> {
  // The scheduled time, so that a late run checks the keys whose turn it was.
  const at = Date.parse(event.time) || now();
  const windows = config.intervalMs === 0 ? [] : windowsAt(at, PERIOD_MS, config.intervalMs);
  const result = await checkKeys(windows, now() + context.getRemainingTimeInMillis());
  log.info('check', result);
  return result;
}
