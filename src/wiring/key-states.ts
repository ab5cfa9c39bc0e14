import type { CheckConfig } from '../config/config.ts';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { createConsumerLog } from '../dynamodb/consumers.ts';
import { createFindByPlace } from '../dynamodb/credential-index.ts';
import { createTellDueEvent } from '../event-bus/api-key-due.ts';
import { createCountKeyStates } from '../rotation/count-key-states.ts';
import { createKeyStates } from '../rotation/read-key-state.ts';
import { createTellDue } from '../rotation/tell-due.ts';
import type { Runtime } from './audit.ts';
import { wireManagedSecrets } from './managed-secrets.ts';

/**
 * Puts together what looks at the states of all keys: their count, and the daily look at their ages, which is `undefined` if
 * no key is ever due.
 */
export function wireKeyStates(
  config: CheckConfig,
  runtime: Runtime,
): Readonly<{
  countKeyStates: ReturnType<typeof createCountKeyStates>;
  tellDue: ReturnType<typeof createTellDue> | undefined;
}> {
  const { aws, now, log, metrics } = runtime;
  const { auditTableName, eventBusName, managedSecrets, rules, maxAgeMs } = config;
  const { managedSecretOf, refreshManagedSecrets } = wireManagedSecrets(managedSecrets, runtime);
  const states = createKeyStates({
    audit: createAuditLog(aws.table, auditTableName),
    consumers: createConsumerLog(aws.table, auditTableName, now),
    managedSecretOf,
    // The overlap does not matter here.
    rules: {
      minIntervalMs: 0,
      quarantineMs: rules.quarantineMs,
      ...(maxAgeMs !== undefined && { maxAgeMs }),
    },
    now,
  });
  const findByPlace = createFindByPlace(aws.table, auditTableName);
  const common = { findByPlace, states, now, log, metrics };
  const count = createCountKeyStates(common);
  const tell =
    maxAgeMs === undefined
      ? undefined
      : createTellDue({ ...common, tellDue: createTellDueEvent(aws.bus, eventBusName), maxAgeMs });
  return {
    async countKeyStates(windows, endsAt) {
      await refreshManagedSecrets();
      return count(windows, endsAt);
    },
    tellDue:
      tell &&
      (async (windows, endsAt) => {
        await refreshManagedSecrets();
        return tell(windows, endsAt);
      }),
  };
}
