import type { Announce, Commit } from '../rotation/commit.ts';
import { createCompleteRotation } from '../rotation/complete-rotation.ts';
import { createReadNewest, type Expire } from '../rotation/expire.ts';
import type {
  AuditLog,
  Clock,
  GenerateApiKey,
  Log,
  ManagedSecretOf,
  ManagementCredential,
  Metrics,
} from '../rotation/ports.ts';
import { createRotate } from '../rotation/rotate.ts';
import type { RotationRules } from '../rotation/rules.ts';

/** Puts together, from its ports, one rotation of one API credential. */
export function assembleRotation(ports: {
  audit: AuditLog;
  commit: Commit;
  announce: Announce;
  expire: Expire;
  managedSecretOf: ManagedSecretOf;
  managementCredential: ManagementCredential;
  generateApiKey: GenerateApiKey;
  rules: RotationRules;
  now: Clock;
  log: Log;
  metrics: Metrics;
}) {
  const { audit, commit, announce, expire, managedSecretOf, managementCredential, generateApiKey } = ports;
  const { rules, now, log, metrics } = ports;
  const readNewest = createReadNewest({ audit, expire, now });
  const rotate = createRotate({
    audit,
    readNewest,
    expire,
    commit,
    announce,
    managementCredential,
    managedSecretOf,
    completeRotation: createCompleteRotation({
      commit,
      managementCredential,
      generateApiKey,
      rules,
      now,
      log,
      metrics,
    }),
    rules,
    now,
    log,
  });
  return { readNewest, rotate };
}
