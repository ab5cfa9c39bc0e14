import type { Context, ScheduledEvent } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseCheckConfig } from '../config/config.ts';
import { type CheckResult, windowsAt } from '../rotation/check-keys.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireChecks } from '../wiring/checks.ts';
import { wireKeyStates } from '../wiring/key-states.ts';
import { sleep } from '../wiring/sleep.ts';

/** As the schedule in serverless.yml has it (ms). */
const PERIOD_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The longest (ms) that the ages of the keys are looked at, and their states counted. */
const LOOK_MS = 6_000;

const config = parseCheckConfig(process.env);
const log = createLog();
const now = Date.now;
const runtime = { aws: createAwsClients(), log, metrics: createMetrics(), now };
const checkKeys = wireChecks(config, runtime, sleep);
const { tellDue, countKeyStates } = wireKeyStates(config, runtime);

/** Every minute, by a schedule: probes the keys in use whose turn it is, counts their states, and tells of those that are due. */
export async function handler(event: ScheduledEvent, context: Context): Promise<CheckResult> {
  // The scheduled time, so that a late run checks the keys whose turn it was.
  const at = Date.parse(event.time) || now();
  const endsAt = now() + context.getRemainingTimeInMillis();
  await tellOfDue(at);
  // Beside the checks, which mostly wait for Adyen: with many keys the count would take a sixth of their time.
  const counting = countStates(at);
  try {
    const windows = config.intervalMs === 0 ? [] : windowsAt(at, PERIOD_MS, config.intervalMs);
    const result = await checkKeys(windows, endsAt);
    log.info('check', result);
    return result;
  } finally {
    await counting;
  }
}

/** Whatever fails here comes again the next day: it must not keep the checks from their work. */
async function tellOfDue(at: number): Promise<void> {
  try {
    const result = await tellDue?.(windowsAt(at, PERIOD_MS, DAY_MS), now() + LOOK_MS);
    if (result) log.info('due', result);
  } catch (error) {
    log.error('The ages of the keys cannot be looked at', { error });
  }
}

/**
 * Each key once an hour, whatever the interval of the checks is: the sum of an hour is the number of keys. It never throws,
 * since the checks matter more.
 */
async function countStates(at: number): Promise<void> {
  try {
    log.info('states', await countKeyStates(windowsAt(at, PERIOD_MS, HOUR_MS), now() + LOOK_MS));
  } catch (error) {
    log.error('The states of the keys cannot be counted', { error });
  }
}
