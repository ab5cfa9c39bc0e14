import type { RecordKeyEvent } from '../rotation/key-events.ts';
import type { Clock, ManagedSecretOf, Metrics } from '../rotation/ports.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import type { Durable } from './durable.ts';
import { elapsedSince } from './elapsed-since.ts';
import { type IssueKey, ownRequest, type StoredIssue } from './issue-key.ts';
import { FIRST_PAUSE_MS, type Look, type Looks, longerPause } from './look.ts';
import { requireSecret } from './require-secret.ts';

/** How long before the key in use ends another one is made (ms): a slow propagation takes up to three hours. */
const REPLACE_BEFORE_MS = 5 * 60 * 60_000;

/** A key that is current now, or whose place a newer key has taken. */
export type Promotion = Readonly<{ kind: 'promoted' | 'superseded'; issued: StoredIssue }>;

/**
 * Waits until an issued key works, and makes it current. A key that is not seen working in time stalls: the workflow tells
 * of it, goes on probing, replaces it while there is still time, and makes it current as a last resort once the key in use
 * is seen dead.
 *
 * @param since when the event was raised that asked for the key (RFC 3339), to measure the time from there
 */
export type PromoteKey = (issued: StoredIssue, durable: Durable, since?: string) => Promise<Promotion>;

/** What one look has shown: the pending key, and the key in use if it matters whether that is dead. */
type Seen = Readonly<{ pending: Look; isCurrentDead: boolean; at: number }>;

/** Makes the second part of the workflow: from an issued key to one that the app reads. */
export function createPromoteKey(deps: {
  looks: Looks;
  issueKey: IssueKey;
  managedSecretOf: ManagedSecretOf;
  recordKeyEvent: RecordKeyEvent;
  verificationMs: number;
  now: Clock;
  metrics: Pick<Metrics, 'promotionTime'>;
}): PromoteKey {
  const { looks, issueKey, managedSecretOf, recordKeyEvent, verificationMs, now, metrics } = deps;

  return async (first, durable, since) => {
    // The key in use ends when it says so, however often the new one is replaced.
    const inUseEndsAt = Date.parse(first.previousKeyExpiresAt);
    let issued = first;
    for (;;) {
      const end = await watchPending(issued, inUseEndsAt, durable, since);
      if (end !== 'replace') return { kind: end, issued };
      const { rotationId, credential } = issued;
      const reason = `the key of rotation ${rotationId} was never seen working`;
      const replacement = await issueKey(ownRequest(`replace-${rotationId}`, credential, reason), durable);
      if (replacement.kind === 'duplicate') return { kind: 'superseded', issued };
      issued = replacement.issued;
    }
  };

  async function watchPending(
    issued: StoredIssue,
    inUseEndsAt: number,
    durable: Durable,
    since: string | undefined,
  ): Promise<'promoted' | 'superseded' | 'replace'> {
    const { rotationId, usableFrom } = issued;
    const stallsAt = Date.parse(usableFrom) + verificationMs;
    const replaceAt = inUseEndsAt - REPLACE_BEFORE_MS;
    await durable.waitUntil(`propagation ${rotationId}`, usableFrom);
    let hasStalled = false;
    let pause = FIRST_PAUSE_MS;
    for (let turn = 1; ; turn += 1) {
      const seen = await durable.step(`verify ${turn} ${rotationId}`, () => look(issued, inUseEndsAt));
      const { pending, isCurrentDead, at } = seen;
      if (isDecided(pending) || isCurrentDead) {
        return durable.step(`promote ${rotationId}`, async () => {
          const promotion = await promote(issued, seen);
          // A key that was current before, as after a rotation by Secrets Manager, was not promoted here.
          const isOwn = promotion === 'promoted' && pending.kind !== 'current';
          if (isOwn && since !== undefined) metrics.promotionTime(elapsedSince(since, now()));
          return promotion;
        });
      }
      if (!hasStalled && at >= stallsAt) {
        hasStalled = true;
        await durable.step(`stalled ${rotationId}`, () => recordKeyEvent(issued, 'stalled', pending.seen));
      }
      // Once: a replacement that is issued this late is waited for until the end.
      if (hasStalled && at >= replaceAt && Date.parse(usableFrom) < replaceAt) return 'replace';
      await durable.wait(`verify again ${turn} ${rotationId}`, pause);
      pause = longerPause(pause);
    }
  }

  async function look(issued: StoredIssue, inUseEndsAt: number): Promise<Seen> {
    const pending = await looks.atPending(issued);
    const mayReplaceDead = pending.kind === 'works' || (!isDecided(pending) && now() >= inUseEndsAt);
    const isCurrentDead = mayReplaceDead && (await looks.isCurrentDead(issued.credential));
    return { pending, isCurrentDead, at: now() };
  }

  async function promote(
    issued: StoredIssue,
    { pending, isCurrentDead }: Seen,
  ): Promise<'promoted' | 'superseded'> {
    if (pending.kind === 'superseded') {
      await recordKeyEvent(issued, 'superseded');
      return 'superseded';
    }
    if (pending.kind === 'works') await recordKeyEvent(issued, 'verified', pending.seen);
    const promotion = await requireSecret(managedSecretOf, issued.credential).promote(
      issued.versionId,
      (await looks.isNewest(issued)) ? 'newest' : 'pending',
    );
    if (promotion === 'superseded') await recordKeyEvent(issued, 'superseded');
    else if (isDecided(pending)) {
      await recordKeyEvent(issued, 'promoted');
      if (isCurrentDead) await recordKeyEvent(issued, 'healed', 'the key in use was dead');
    } else await recordKeyEvent(issued, 'promoted-unproven', `not seen working: ${pending.seen}`);
    return promotion;
  }
}

/** Whether the pending key works, is current already, or has lost its place. */
function isDecided({ kind }: Look): boolean {
  return kind === 'works' || kind === 'current' || kind === 'superseded';
}

/** When another key is to be made if the one in use ends then (RFC 3339). */
export function replaceBefore(endsAt: string): string {
  return toTimestamp(Date.parse(endsAt) - REPLACE_BEFORE_MS);
}
