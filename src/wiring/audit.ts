import type { AuditConfig } from '../config/config.ts';
import { createManagedSecrets } from '../config/managed-secrets.ts';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { createPublish } from '../event-bus/publish.ts';
import { createCommit } from '../rotation/commit.ts';
import { createExpire } from '../rotation/expire.ts';
import { createRecordKeyEvent } from '../rotation/key-events.ts';
import type { Clock, Log, ManagedSecret, ManagedSecretOf, Metrics } from '../rotation/ports.ts';
import { createManagedSecret } from '../secrets-manager/managed-secret.ts';
import type { AwsClients } from './aws-clients.ts';

/** What a function is given besides its settings. */
export type Runtime = Readonly<{ aws: AwsClients; log: Log; metrics: Metrics; now: Clock }>;

/** Puts together what ends rotations and announces them, for every function that does. */
export function wireAudit(config: AuditConfig, { aws, log, metrics, now }: Runtime) {
  const { rules } = config;
  const audit = createAuditLog(aws.table, config.auditTableName);
  const { secretIdOf, credentialOf } = createManagedSecrets(config.managedSecrets);
  const openSecret = (id: string): ManagedSecret => createManagedSecret(aws.secretsManager, id);
  const managedSecretOf: ManagedSecretOf = (credential) => {
    const id = secretIdOf(credential);
    return id === undefined ? undefined : openSecret(id);
  };
  const publish = createPublish(aws.bus, config.eventBusName);
  const { commit, announce, clearOutbox } = createCommit({ audit, publish, rules, now, log, metrics });
  const expire = createExpire({ managedSecretOf, commit, rules, now });
  const recordKeyEvent = createRecordKeyEvent({ audit, commit, announce, now });
  return {
    audit,
    commit,
    announce,
    clearOutbox,
    expire,
    recordKeyEvent,
    managedSecretOf,
    openSecret,
    credentialOf,
  };
}
