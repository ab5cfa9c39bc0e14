import { createAuditLog } from '../audit/audit-log.ts';
import type { parseSweepConfig } from '../config.ts';
import { createPublish } from '../events/publish.ts';
import type { Log } from '../log.ts';
import type { RotationMetrics } from '../metrics.ts';
import { createAnnounce } from '../rotation/announce.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { createClose } from '../rotation/close.ts';
import { createEndAbandoned } from '../rotation/end-abandoned.ts';
import { createFollowUp } from '../rotation/follow-up.ts';
import { createManagedSecret } from '../secrets/managed-secret.ts';
import { createManagedSecretIds } from '../secrets/managed-secret-ids.ts';
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
  const followUp = createFollowUp({ audit, announce, now, log, onNoted: metrics.countIssuedKey });
  const openSecret = (id: string) => createManagedSecret(aws.secretsManager, id);
  const managedSecretOf = (credential: ApiCredential) => {
    const id = managedSecretIds.idOf(credential);
    return id === undefined ? undefined : openSecret(id);
  };
  const endAbandoned = createEndAbandoned({ managedSecretOf, rules, now });
  return { audit, managedSecretIds, openSecret, managedSecretOf, endAbandoned, announce, close, followUp };
}
