import { type IssuedKey, readIssued } from '../rotation/key-events.ts';
import type { AuditLog, ManagedSecretOf } from '../rotation/ports.ts';
import type { Durable } from './durable.ts';
import { type IssueKey, type IssueResult, ownRequest, storedBy } from './issue-key.ts';
import type { Looks } from './look.ts';
import { replaceBefore } from './promote-key.ts';
import { requireSecret } from './require-secret.ts';

/**
 * Follows an operator's rollback. The key that the app reads again lives until 24 hours after the rotation that it was
 * replaced by: it is left alone until it must be replaced. `undefined`: the rollback is over before then.
 */
export type FollowRollback = (from: IssuedKey, durable: Durable) => Promise<IssueResult | undefined>;

export function createFollowRollback(deps: {
  audit: Pick<AuditLog, 'get'>;
  looks: Looks;
  managedSecretOf: ManagedSecretOf;
  issueKey: IssueKey;
}): FollowRollback {
  const { audit, looks, managedSecretOf, issueKey } = deps;

  return async (from, durable) => {
    const left = await durable.step('rolled back', async () => storedBy(await readIssued(audit, from)));
    const { credential, rotationId, versionId, previousKeyExpiresAt } = left;
    await durable.waitUntil(`replace ${rotationId}`, replaceBefore(previousKeyExpiresAt));
    const isStillBack = await durable.step('still rolled back', async () => {
      const { versionOf } = await requireSecret(managedSecretOf, credential).describe();
      return versionOf('AWSCURRENT') !== versionId && (await looks.isNewest(left));
    });
    if (!isStillBack) return undefined;
    const reason = `an operator went back from the key of rotation ${rotationId}, and the earlier one ends soon`;
    return issueKey(ownRequest(`renew-${rotationId}`, credential, reason), durable);
  };
}
