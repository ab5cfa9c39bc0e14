import type { AuditConfig } from '../config/config.ts';
import { createConsumerLog } from '../dynamodb/consumers.ts';
import { createFindDue } from '../dynamodb/due-rotations.ts';
import { createSweep } from '../rotation/sweep.ts';
import { createWarnOfSwitch } from '../rotation/switch-overdue.ts';
import { type Runtime, wireAudit } from './audit.ts';

/** Puts the sweep together. */
export function wireSweep(config: AuditConfig, runtime: Runtime): ReturnType<typeof createSweep> {
  const { aws, log, metrics, now } = runtime;
  const { audit, announce, clearOutbox, expire, recordKeyEvent, managedSecretOf, refreshManagedSecrets } =
    wireAudit(config, runtime);
  const consumers = createConsumerLog(aws.table, config.auditTableName, now);
  const sweep = createSweep({
    findDue: createFindDue(aws.table, config.auditTableName),
    managedSecretOf,
    audit,
    announce,
    clearOutbox,
    warnOfSwitch: createWarnOfSwitch({ consumers, announce, clearOutbox }),
    recordKeyEvent,
    expire,
    now,
    log,
    metrics,
  });
  return async (endsAt) => {
    await refreshManagedSecrets();
    return sweep(endsAt);
  };
}
