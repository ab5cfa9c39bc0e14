import type { AuditConfig } from '../config/config.ts';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { createPublish } from '../event-bus/publish.ts';
import type { Clock, Log, Metrics } from '../rotation/ports.ts';
import { assembleAudit } from './assemble-audit.ts';
import type { AwsClients } from './aws-clients.ts';
import { wireManagedSecrets } from './managed-secrets.ts';

/** What a function is given besides its settings. */
export type Runtime = Readonly<{ aws: AwsClients; log: Log; metrics: Metrics; now: Clock }>;

/** Puts together what ends rotations and announces them, for every function that does. */
export function wireAudit(config: AuditConfig, runtime: Runtime) {
  const { aws, log, metrics, now } = runtime;
  const audit = createAuditLog(aws.table, config.auditTableName);
  const secrets = wireManagedSecrets(config.managedSecrets, runtime);
  const assembled = assembleAudit({
    audit,
    managedSecretOf: secrets.managedSecretOf,
    publish: createPublish(aws.bus, config.eventBusName),
    rules: config.rules,
    now,
    log,
    metrics,
  });
  return { audit, ...secrets, ...assembled };
}
