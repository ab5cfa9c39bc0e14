import type { ApiCredential } from '../rotation/api-credential.ts';
import { lastHealOf } from '../rotation/carry.ts';
import { probeForDeath } from '../rotation/dead-key.ts';
import { hasHappened, type RecordKeyEvent, storedVersionOf } from '../rotation/key-events.ts';
import type { AuditLog, Clock, ManagedSecretOf, Metrics } from '../rotation/ports.ts';
import { findPromoted } from '../rotation/rollback.ts';
import type { Rotation, SucceededRotation } from '../rotation/rotation.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import { elapsedSince } from './elapsed-since.ts';
import { GIVEN_UP_MS, type IssueKey, ownRequest, type StoredIssue, storedBy } from './issue-key.ts';
import type { Looks } from './look.ts';
import { requireSecret } from './require-secret.ts';

/** At most one forced rotation heals a credential in this time (ms). */
const HEAL_INTERVAL_MS = 24 * 60 * 60 * 1000;

/** Between two probes of the key that replaced the dead one (ms), and how many: about four hours. */
const PAUSE_MS = 60_000;
const MAX_PROBES = 240;
const CONFIRM_MS = PAUSE_MS * MAX_PROBES;

/** `alive`: nothing to do. `spent`: a person must act. */
type Found = Readonly<{ kind: 'alive' | 'none' | 'spent' } | (Healed & { kind: 'promoted' })>;

/**
 * Replaces a dead key in use: by the pending key if there is one, working or not; by the key from which an operator went
 * back, if that works; else by a new one, by force. `undefined`: the app reads another key meanwhile. Throws `WorkflowFailed` if a key was already generated for a heal within a day: a
 * person must find out what ends one key after the other.
 *
 * @param since when the key was seen dead (RFC 3339), to measure the time from there
 */
export type Heal = (
  dead: Readonly<{ credential: ApiCredential; versionId: string }>,
  durable: Durable,
  since?: string,
) => Promise<Healed | undefined>;

/** `promoted`: the app reads this key now. `issued`: it reads another one meanwhile, and this one is still to be promoted. */
export type Healed = Readonly<{ kind: 'promoted' | 'issued'; issued: StoredIssue }>;

export function createHeal(deps: {
  audit: Pick<AuditLog, 'newest' | 'get'>;
  looks: Looks;
  managedSecretOf: ManagedSecretOf;
  issueKey: IssueKey;
  recordKeyEvent: RecordKeyEvent;
  now: Clock;
  metrics: Pick<Metrics, 'outageTime'>;
}): Heal {
  const { audit, looks, managedSecretOf, issueKey, recordKeyEvent, now, metrics } = deps;

  return async ({ credential, versionId }, durable, since) => {
    const found = await durable.step(`heal ${versionId}`, () => replaceByExisting(credential, versionId));
    if (found.kind === 'alive') return undefined;
    if (found.kind === 'promoted') {
      await confirm(found.issued, durable, since);
      return found;
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
    const isPromoted = await durable.step(`promote heal ${issued.rotationId}`, () =>
      promoteUnproven(issued, versionId),
    );
    if (!isPromoted) return { kind: 'issued', issued };
    await confirm(issued, durable, since);
    return { kind: 'promoted', issued };
  };

  /** The app reads a dead key: the new one cannot be worse, and works soon. If it reads another one meanwhile, it waits. */
  async function promoteUnproven(issued: StoredIssue, deadVersionId: string): Promise<boolean> {
    const secret = requireSecret(managedSecretOf, issued.credential);
    const current = (await secret.describe()).versionOf('AWSCURRENT');
    if (current !== deadVersionId && current !== issued.versionId) return false;
    if ((await secret.promote(issued.versionId, 'newest')) === 'superseded') return false;
    await recordKeyEvent(issued, 'promoted-unproven', 'the key in use was dead');
    return true;
  }

  /** Waits until the key that replaced the dead one works, and tells of it. */
  async function confirm(issued: StoredIssue, durable: Durable, since: string | undefined): Promise<void> {
    const { credential, rotationId, usableFrom } = issued;
    await durable.waitUntil(`propagation ${rotationId}`, usableFrom);
    for (let turn = 1; turn <= MAX_PROBES; turn += 1) {
      const isHealed = await durable.step(`confirm ${turn} ${rotationId}`, async () => {
        const { current, result } = await looks.atCurrent(credential);
        if (current?.versionId !== issued.versionId) return true;
        if (result.kind !== 'works') return false;
        await recordKeyEvent(issued, 'verified', result.seen);
        await recordKeyEvent(issued, 'healed');
        if (since !== undefined) metrics.outageTime(elapsedSince(since, now()));
        return true;
      });
      if (isHealed) return;
      await durable.wait(`confirm again ${turn} ${rotationId}`, PAUSE_MS);
    }
  }

  /** Replaces the dead key by one that exists, if there is one. */
  async function replaceByExisting(credential: ApiCredential, versionId: string): Promise<Found> {
    const { versionOf } = await requireSecret(managedSecretOf, credential).describe();
    const newest = await audit.newest(credential);
    if (versionOf('AWSCURRENT') !== versionId || isUnderWay(newest, versionId, now())) {
      return { kind: 'alive' };
    }
    const issued = (await promoteWaiting(newest, versionId)) ?? (await goForward(newest, versionId));
    if (issued) return { kind: 'promoted', issued };
    if (!newest || isSameHeal(newest, versionId)) return { kind: 'none' };
    const healedAt = lastHealOf(newest);
    const isSpent = healedAt !== undefined && Date.parse(healedAt) + HEAL_INTERVAL_MS > now();
    return { kind: isSpent ? 'spent' : 'none' };
  }

  /** Makes a pending key current, whether it was seen working or not. `undefined`: there is none. */
  async function promoteWaiting(newest: Rotation | undefined, deadVersionId: string) {
    if (!newest || !isWaiting(newest, deadVersionId)) return undefined;
    const issued = storedBy(newest);
    const { credential, versionId } = issued;
    const look = await looks.atPending(issued);
    if (look.kind === 'superseded' || look.kind === 'current') return undefined;
    if (look.kind === 'works') await recordKeyEvent(issued, 'verified', look.seen);
    await requireSecret(managedSecretOf, credential).promote(versionId, 'newest');
    if (look.kind === 'works') await recordKeyEvent(issued, 'promoted');
    else await recordKeyEvent(issued, 'promoted-unproven', `the key in use was dead; ${look.seen}`);
    return issued;
  }

  /** Makes the key current again from which an operator went back, if it works. `undefined`: there is none. */
  async function goForward(newest: Rotation | undefined, deadVersionId: string) {
    const promoted = await findPromoted(audit, newest);
    const issued = promoted && storedBy(promoted);
    if (!issued || issued.versionId === deadVersionId) return undefined;
    const { credential, versionId } = issued;
    const { kind } = await probeForDeath(() => looks.atVersion(credential, versionId));
    if (kind !== 'works') return undefined;
    await requireSecret(managedSecretOf, credential).promote(versionId, 'last-working');
    return issued;
  }
}

/** One heal for one dead version, however many executions see it. */
function healId(versionId: string): string {
  return `heal-${versionId}`;
}

/** Whether another execution replaces the dead version, or waits until the key works by which it has replaced one. */
function isUnderWay(newest: Rotation | undefined, versionId: string, now: number): boolean {
  if (newest?.requestId === healId(versionId)) {
    if (newest.status === 'started') return true;
    // The execution goes on after a try that failed. If it has ended, another one must: the app still reads the dead key.
    const goesOn = Date.parse(newest.completedAt) + GIVEN_UP_MS > now;
    return goesOn && (newest.status !== 'succeeded' || !hasHappened(newest, 'promoted'));
  }
  if (newest?.status !== 'succeeded' || storedVersionOf(newest)?.versionId !== versionId) return false;
  return !hasHappened(newest, 'verified') && Date.parse(newest.completedAt) + CONFIRM_MS > now;
}

/** Whether the newest rotation was to replace the dead version and has given no key: the same heal goes on. */
function isSameHeal(newest: Rotation, versionId: string): boolean {
  return newest.requestId === healId(versionId) && storedVersionOf(newest) === undefined;
}

/** Whether the newest rotation has stored a key that is not the dead one, and is not current yet. */
function isWaiting(newest: Rotation, deadVersionId: string): newest is SucceededRotation {
  const stored = storedVersionOf(newest);
  if (newest.status !== 'succeeded' || !stored) return false;
  return stored.versionId !== deadVersionId && !hasHappened(newest, 'promoted');
}
