import type { CheckConfig } from '../config/config.ts';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { createConsumerLog } from '../dynamodb/consumers.ts';
import { createFindByPlace } from '../dynamodb/credential-index.ts';
import { createTellDueEvent } from '../event-bus/api-key-due.ts';
import { createKeyStates } from '../rotation/read-key-state.ts';
import { createTellDue } from '../rotation/tell-due.ts';
import type { Runtime } from './audit.ts';
import { wireManagedSecrets } from './managed-secrets.ts';

/** Puts the daily look at the ages of the keys together; `undefined` if no key is ever due. */
export function wireDueKeys(
  config: CheckConfig,
  runtime: Runtime,
): ReturnType<typeof createTellDue> | undefined {
  const { aws, now, log, metrics } = runtime;
  const { auditTableName, eventBusName, managedSecrets, rules, maxAgeMs } = config;
  if (maxAgeMs === undefined) return undefined;
  const { managedSecretOf, refreshManagedSecrets } = wireManagedSecrets(managedSecrets, runtime);
  const states = createKeyStates({
    audit: createAuditLog(aws.table, auditTableName),
    consumers: createConsumerLog(aws.table, auditTableName, now),
    managedSecretOf,
    // The overlap does not matter here.
    rules: { minIntervalMs: 0, quarantineMs: rules.quarantineMs, maxAgeMs },
    now,
  });
  const tellDue = createTellDue({
    findByPlace: createFindByPlace(aws.table, auditTableName),
    states,
    tellDue: createTellDueEvent(aws.bus, eventBusName),
    maxAgeMs,
    now,
    log,
    metrics,
  });
  return async (windows, endsAt) => {
    await refreshManagedSecrets();
    return tellDue(windows, endsAt);
  };
}
