import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createAuditLog } from '../audit/audit-log.ts';
import type { parseSweepConfig } from '../config.ts';
import { createPublish } from '../events/publish.ts';
import type { Log } from '../log.ts';
import type { RotationMetrics } from '../metrics.ts';
import { createAnnounce } from '../rotation/announce.ts';
import { createClose } from '../rotation/close.ts';
import { createFollowUp } from '../rotation/follow-up.ts';
import { createManagedSecretIds } from '../secrets/managed-secret-ids.ts';

/** Puts together what ends rotations and tells of them, for every function that does. */
export function wireAudit(
  config: ReturnType<typeof parseSweepConfig>,
  parts: {
    table: DynamoDBDocumentClient;
    bus: EventBridgeClient;
    log: Log;
    metrics: RotationMetrics;
    now: () => number;
  },
) {
  const { table, bus, log, metrics, now } = parts;
  const { rules } = config;
  const audit = createAuditLog(table, config.auditTableName);
  const managedSecretIds = createManagedSecretIds(config.managedSecrets);
  const publish = createPublish(bus, config.eventBusName);
  const announce = createAnnounce({ publish, audit, rules, now, log, onFailed: metrics.countUnsentEvent });
  const close = createClose({ audit, managedSecretIds, announce, rules, now, log });
  const followUp = createFollowUp({ audit, announce, now, log, onNoted: metrics.countIssuedKey });
  return { audit, managedSecretIds, announce, close, followUp };
}
