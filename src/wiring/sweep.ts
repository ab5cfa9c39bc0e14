import type { AuditConfig } from '../config/config.ts';
import { createFindDue } from '../dynamodb/due-rotations.ts';
import { createSweep } from '../rotation/sweep.ts';
import { type Runtime, wireAudit } from './audit.ts';

/** Puts the sweep together. */
export function wireSweep(config: AuditConfig, runtime: Runtime) {
  const { aws, log, metrics, now } = runtime;
  const { audit, announce, clearOutbox, expire, recordKeyEvent, managedSecretOf } = wireAudit(
    config,
    runtime,
  );
  return createSweep({
    findDue: createFindDue(aws.table, config.auditTableName),
    managedSecretOf,
    audit,
    announce,
    clearOutbox,
    recordKeyEvent,
    expire,
    now,
    log,
    metrics,
  });
}
