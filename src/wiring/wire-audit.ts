import type { Log } from '../cloudwatch/log.ts';
import type { RotationMetrics } from '../cloudwatch/metrics.ts';
import type { parseSweepConfig } from '../config/config.ts';
import { createManagedSecretIds } from '../config/managed-secrets.ts';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { createPublish } from '../event-bus/publish.ts';
import { createAnnounce } from '../rotation/announce.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { createClose } from '../rotation/close.ts';
import { createEndAbandoned } from '../rotation/end-abandoned.ts';
import { createRecordKeyEvent } from '../rotation/key-events.ts';
import { createManagedSecret } from '../secrets-manager/managed-secret.ts';
import type { AwsClients } from './aws-clients.ts';

export type RotationParts = Readonly<{
  aws: AwsClients;
  log: Log;
  metrics: RotationMetrics;
  now: () => number;
}>;

/** Puts together what ends rotations and tells of them, for every function that does. */
export function wireAudit(
  config: ReturnType<typeof parseSweepConfig>,
  { aws, log, metrics, now }: RotationParts,
) {
  const { rules } = config;
  const audit = createAuditLog(aws.table, config.auditTableName);
  const managedSecretIds = createManagedSecretIds(config.managedSecrets);
  const publish = createPublish(aws.bus, config.eventBusName);
  const announce = createAnnounce({ publish, audit, rules, now, log, onFailed: metrics.countUnsentEvent });
  const close = createClose({ audit, managedSecretIds, announce, rules, now, log });
  const recordKeyEvent = createRecordKeyEvent({ audit, announce, now, log, onNoted: metrics.countIssuedKey });
  const openSecret = (id: string) => createManagedSecret(aws.secretsManager, id);
  const managedSecretOf = (credential: ApiCredential) => {
    const id = managedSecretIds.idOf(credential);
    return id === undefined ? undefined : openSecret(id);
  };
  const endAbandoned = createEndAbandoned({ managedSecretOf, rules, now });
  return {
    audit,
    managedSecretIds,
    openSecret,
    managedSecretOf,
    endAbandoned,
    announce,
    close,
    recordKeyEvent,
  };
}
