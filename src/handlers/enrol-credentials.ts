import type { Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseEnrolConfig } from '../config/config.ts';
import type { EnrolResult } from '../rotation/enrol-credentials.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireEnrolCredentials } from '../wiring/enrol-credentials.ts';

const config = parseEnrolConfig(process.env);
const log = createLog();
const now = Date.now;
const enrolCredentials = wireEnrolCredentials(config, {
  aws: createAwsClients(),
  log,
  metrics: createMetrics(),
  now,
});

/** Every hour, by a schedule: makes managed API credentials that have never rotated known to the checks. */
export async function handler(_event: unknown, context: Context): Promise<EnrolResult | undefined> {
  // Without checks, nothing is to be known to them.
  if (config.intervalMs === 0) return undefined;
  const result = await enrolCredentials(now() + context.getRemainingTimeInMillis());
  log.info('enrolment', result);
  return result;
}
