import type { ApiCredential } from '../api-credential.ts';
import type { ManagedSecretOf } from '../ports.ts';
import type { Check } from './check.ts';
import type { CheckAudit } from './check-audit.ts';
import type { CheckManagedSecret } from './check-managed-secret.ts';
import type { CheckUpstream } from './check-upstream.ts';

/** Kept back (ms) for the response, and for the reads of AWS that come before those of Adyen. */
const RESERVE_MS = 2_000;

export type DryRunResult = Readonly<{
  /** Whether no check failed. */
  wouldRotate: boolean;
  checks: readonly Check[];
}>;

/** Checks everything that a rotation needs. It changes nothing, at Adyen or at AWS. */
export type DryRun = (
  request: Readonly<{ credential: ApiCredential; force: boolean; invocationEndsAt: number }>,
) => Promise<DryRunResult>;

export function createDryRun(deps: {
  managedSecretOf: ManagedSecretOf;
  checkAudit: CheckAudit;
  checkUpstream: CheckUpstream;
  checkManagedSecret: CheckManagedSecret;
}): DryRun {
  const { managedSecretOf, checkAudit, checkUpstream, checkManagedSecret } = deps;
  return async ({ credential, force, invocationEndsAt }) => {
    const secret = managedSecretOf(credential);
    const found = await Promise.all([
      checkAudit(credential, secret, force),
      checkUpstream(credential, invocationEndsAt - RESERVE_MS),
      checkManagedSecret(secret, force),
    ]);
    const checks = found.flat();
    return { wouldRotate: checks.every(({ outcome }) => outcome !== 'failed'), checks };
  };
}
