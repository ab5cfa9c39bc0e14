import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { createAuditLog } from '../audit/audit-log.ts';
import { createFindPastLease } from '../audit/open-rotations.ts';
import { awsClientOptions } from '../aws-client-options.ts';
import { parseSweepConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createSweep, type SweepResult } from '../rotation/sweep.ts';

const { auditTableName, rules } = parseSweepConfig(process.env);
const table = DynamoDBDocumentClient.from(new DynamoDBClient(awsClientOptions));
const metrics = createMetrics();
const log = createLog();
const now = Date.now;

const sweep = createSweep({
  findPastLease: createFindPastLease(table, auditTableName),
  audit: createAuditLog(table, auditTableName),
  rules,
  now,
  log,
  onClosed: ({ status, credential }) => metrics.countRotation(status, credential.level),
  onFailed: () => metrics.countSweepFailure(),
});

/** Every 5 minutes, by a schedule: ends the rotations whose function is gone. */
export async function handler(_event: unknown, context: Context): Promise<SweepResult> {
  const result = await sweep(now() + context.getRemainingTimeInMillis());
  log.info('sweep', result);
  return result;
}
