import type { ApiCredential } from '../rotation/api-credential.ts';
import { hasHappened, type RecordKeyEvent, storedVersionOf } from '../rotation/key-events.ts';
import type { AuditLog, Clock, ManagedSecretOf } from '../rotation/ports.ts';
import type { Rotation, SucceededRotation } from '../rotation/rotation.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import { type IssueKey, ownRequest, type StoredIssue, storedBy } from './issue-key.ts';
import type { Looks } from './look.ts';
import { requireSecret } from './require-secret.ts';

/** At most one forced rotation heals a credential in this time (ms). */
const HEAL_INTERVAL_MS = 24 * 60 * 60 * 1000;

/** Between two probes of the key that replaced the dead one (ms), and how many: about four hours. */
const PAUSE_MS = 60_000;
const MAX_PROBES = 240;

/** `alive`: nothing to do. `spent`: a person must act. */
type Found = Readonly<{ kind: 'alive' | 'none' | 'spent' } | { kind: 'promoted'; issued: StoredIssue }>;

/**
 * Replaces a dead key in use: by the pending key if there is one, working or not, else by a new one, by force. `undefined`:
 * the app reads another key meanwhile. Throws `WorkflowFailed` if a key was already generated for a heal within a day: a
 * person must find out what ends one key after the other.
 */
export type Heal = (
  dead: Readonly<{ credential: ApiCredential; versionId: string }>,
  durable: Durable,
) => Promise<StoredIssue | undefined>;

export function createHeal(deps: {
  audit: Pick<AuditLog, 'newest'>;
  looks: Looks;
  managedSecretOf: ManagedSecretOf;
  issueKey: IssueKey;
  recordKeyEvent: RecordKeyEvent;
  now: Clock;
}): Heal {
  const { audit, looks, managedSecretOf, issueKey, recordKeyEvent, now } = deps;

  return async ({ credential, versionId }, durable) => {
    const found = await durable.step(`heal ${versionId}`, () => promotePending(credential, versionId));
    if (found.kind === 'alive') return undefined;
    if (found.kind === 'promoted') {
      await confirm(found.issued, durable);
      return found.issued;
    }
    if (found.kind === 'spent') {
      throw new WorkflowFailed(
        'displaced',
        'the key in use is dead, and was healed within the last 24 hours',
      );
    }
    const result = await issueKey(
      {
        // No key is left that the overlap would protect.
        ...ownRequest(healId(versionId), credential, `the key in use (version ${versionId}) was dead`),
        isHeal: true,
      },
      durable,
    );
    if (result.kind === 'duplicate') return undefined;
    const { issued } = result;
    // The app reads a dead key: the new one is better from the moment at which it works.
    await durable.step(`promote heal ${issued.rotationId}`, async () => {
      const promotion = await requireSecret(managedSecretOf, credential).promote(issued.versionId, true);
      if (promotion === 'promoted')
        await recordKeyEvent(issued, 'promoted-unproven', 'the key in use was dead');
    });
    await confirm(issued, durable);
    return issued;
  };

  /** Waits until the key that replaced the dead one works, and tells of it. */
  async function confirm(issued: StoredIssue, durable: Durable): Promise<void> {
    const { credential, rotationId, usableFrom } = issued;
    await durable.waitUntil(`propagation ${rotationId}`, usableFrom);
    for (let turn = 1; turn <= MAX_PROBES; turn += 1) {
      const isHealed = await durable.step(`confirm ${turn} ${rotationId}`, async () => {
        const { current, result } = await looks.atCurrent(credential);
        if (current?.versionId !== issued.versionId) return true;
        if (result.kind !== 'works') return false;
        await recordKeyEvent(issued, 'verified', result.seen);
        await recordKeyEvent(issued, 'healed');
        return true;
      });
      if (isHealed) return;
      await durable.wait(`confirm again ${turn} ${rotationId}`, PAUSE_MS);
    }
  }

  async function promotePending(credential: ApiCredential, versionId: string): Promise<Found> {
    const { versionOf } = await requireSecret(managedSecretOf, credential).describe();
    const newest = await audit.newest(credential);
    // Another version is current, or another execution is replacing it.
    if (versionOf('AWSCURRENT') !== versionId || newest?.requestId === healId(versionId)) {
      return { kind: 'alive' };
    }
    if (newest && isWaiting(newest, versionId)) {
      const issued = storedBy(newest);
      if (await promoteAnyway(issued)) return { kind: 'promoted', issued };
    }
    const healedAt = newest?.lastHealedAt;
    const isSpent = healedAt !== undefined && Date.parse(healedAt) + HEAL_INTERVAL_MS > now();
    return { kind: isSpent ? 'spent' : 'none' };
  }

  /** Makes a pending key current whether it was seen working or not, and says whether it did. */
  async function promoteAnyway(issued: StoredIssue): Promise<boolean> {
    const { credential, versionId } = issued;
    const look = await looks.atPending(issued);
    if (look.kind === 'superseded' || look.kind === 'current') return false;
    if (look.kind === 'works') await recordKeyEvent(issued, 'verified', look.seen);
    await requireSecret(managedSecretOf, credential).promote(versionId, true);
    if (look.kind === 'works') await recordKeyEvent(issued, 'promoted');
    else await recordKeyEvent(issued, 'promoted-unproven', `the key in use was dead; ${look.seen}`);
    return true;
  }
}

/** One heal for one dead version, however many executions see it. */
function healId(versionId: string): string {
  return `heal-${versionId}`;
}

/** Whether the newest rotation has stored a key that is not the dead one, and is not current yet. */
function isWaiting(newest: Rotation, deadVersionId: string): newest is SucceededRotation {
  const stored = storedVersionOf(newest);
  if (newest.status !== 'succeeded' || !stored) return false;
  return stored.versionId !== deadVersionId && !hasHappened(newest, 'promoted');
}
