import { createCommit } from '../rotation/commit.ts';
import { createExpire } from '../rotation/expire.ts';
import { createRecordKeyEvent } from '../rotation/key-events.ts';
import type { AuditLog, Clock, Log, ManagedSecretOf, Metrics, Publish } from '../rotation/ports.ts';
import type { ClosingRules } from '../rotation/rules.ts';

/** Puts together, from its ports, what changes and ends rotations and announces them. */
export function assembleAudit(ports: {
  audit: AuditLog;
  managedSecretOf: ManagedSecretOf;
  publish: Publish;
  rules: ClosingRules;
  now: Clock;
  log: Log;
  metrics: Metrics;
}) {
  const { audit, managedSecretOf, publish, rules, now, log, metrics } = ports;
  const { commit, announce, clearOutbox } = createCommit({ audit, publish, rules, now, log, metrics });
  const expire = createExpire({ managedSecretOf, commit, rules, now });
  const recordKeyEvent = createRecordKeyEvent({ audit, commit, announce, now });
  return { commit, announce, clearOutbox, expire, recordKeyEvent };
}
