import { present } from './present.ts';
import type { Rotation, StartedRotation, SucceededRotation } from './rotation.ts';
import { toTimestamp } from './timestamp.ts';

/**
 * How long after its rotation was closed a call that was not answered may still be processed (ms): 15 minutes at Adyen, and
 * 5 in a container that was frozen while it sent. After that time no peer keeps the connection open.
 */
export const LATE_CALL_MS = 20 * 60 * 1000;

/** How long a key works after the next one was generated (Adyen Management API v3: 24 hours). */
export const KEY_LIFE_MS = 24 * 60 * 60 * 1000;

/** What a record must say of the rotations before it, so that one item tells all that the next decision needs. */
export type Carried = Pick<
  StartedRotation,
  | 'lastKeyIssuedAt'
  | 'lastKeyNumber'
  | 'keyInUseRetiredAt'
  | 'keyInUseVersionId'
  | 'lateCallUntil'
  | 'lastHealedAt'
>;

/** The key that the app reads: the version of the managed secret, and when a call may have started its last 24 hours. */
export type KeyInUse = Readonly<{ versionId?: string | undefined; retiredAt?: string | undefined }>;

/**
 * What the rotation that follows `newest` carries along.
 *
 * @param now ms since the epoch
 */
export function carriedFrom(
  newest: Rotation | undefined,
  now: number,
  { versionId, retiredAt }: KeyInUse,
): Carried {
  if (!newest) return present({ keyInUseVersionId: versionId });
  const { issuedAt: lastKeyIssuedAt, number: lastKeyNumber } = lastKeyOf(newest);
  const late = lateCallUntil(newest);
  return present({
    lastKeyIssuedAt,
    lastKeyNumber,
    keyInUseRetiredAt: retiredAt,
    keyInUseVersionId: versionId,
    lateCallUntil: late !== undefined && Date.parse(late) > now ? late : undefined,
    lastHealedAt: lastHealOf(newest),
  });
}

/** When a key was last made for a heal, or may have been. Adyen has rejected the call of a heal that failed. */
export function lastHealOf({ status, requestedAt, lastHealedAt }: Rotation): string | undefined {
  // A heal has its own start there.
  return status === 'failed' && lastHealedAt === requestedAt ? undefined : lastHealedAt;
}

/** The newest known key, seen from the rotation that follows `newest`: when it was issued, and by which number. */
export function lastKeyOf(newest: Rotation): Readonly<{ issuedAt?: string; number?: number }> {
  if (newest.status === 'succeeded' && newest.key) {
    return { issuedAt: newest.completedAt, number: newest.number };
  }
  const { lastKeyIssuedAt: issuedAt, lastKeyNumber: number } = newest;
  return present({ issuedAt, number });
}

/** Whether the app reads the key of this rotation as far as Keyturn knows, so that the previous keys do not matter. */
function isInUse({ key, secret, timeline }: SucceededRotation): boolean {
  if (!key) return false;
  return !secret || timeline.some(({ event }) => event === 'promoted');
}

/** When a call may have retired the key in use, as far as the records alone tell. */
export function keyInUseRetiredAt(newest: Rotation): string | undefined {
  const { keyInUseRetiredAt: earlier, requestedAt } = newest;
  switch (newest.status) {
    case 'succeeded':
      return isInUse(newest) ? lateRetirementOf(newest) : (earlier ?? requestedAt);
    case 'failed':
      return earlier;
    case 'unknown':
    case 'started':
      return earlier ?? requestedAt;
  }
}

/** When an unanswered call before this rotation may have retired its key. */
export function lateRetirementOf(rotation: Rotation): string | undefined {
  const mayEndAt = rotation.status === 'succeeded' ? rotation.key?.mayEndAt : undefined;
  return mayEndAt && toTimestamp(Date.parse(mayEndAt) - KEY_LIFE_MS);
}

/** A call left at the latest when its rotation was closed, or, if its function is gone, when its lease ended. */
function lateCallUntil(newest: Rotation): string | undefined {
  if (newest.status !== 'unknown') return newest.lateCallUntil;
  const leftBy = Math.min(Date.parse(newest.completedAt), Date.parse(newest.leaseExpiresAt));
  return toTimestamp(leftBy + LATE_CALL_MS);
}
