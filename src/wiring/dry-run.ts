import { createReadCredentials } from '../adyen/read-credentials.ts';
import type { RotationConfig } from '../config/config.ts';
import { createCheckAudit } from '../rotation/dry-run/check-audit.ts';
import { createCheckManagedSecret } from '../rotation/dry-run/check-managed-secret.ts';
import { createCheckUpstream } from '../rotation/dry-run/check-upstream.ts';
import { createDryRun, type DryRun } from '../rotation/dry-run/dry-run.ts';
import type { Runtime } from './audit.ts';
import type { wireRotation } from './rotation.ts';

/** Puts the dry run together, with what the rotation of the same function uses. */
export function wireDryRun(
  { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs, rules }: RotationConfig,
  { log, now }: Runtime,
  rotation: Pick<
    ReturnType<typeof wireRotation>,
    'audit' | 'managementCredential' | 'managedSecretOf' | 'send'
  >,
): DryRun {
  const { audit, managementCredential, managedSecretOf, send } = rotation;
  return createDryRun({
    managedSecretOf,
    checkAudit: createCheckAudit({ audit, rules, now, log }),
    checkUpstream: createCheckUpstream({
      managementCredential,
      ...createReadCredentials({ send, baseUrl, timeoutMs, now }),
      log,
    }),
    checkManagedSecret: createCheckManagedSecret({ log }),
  });
}
