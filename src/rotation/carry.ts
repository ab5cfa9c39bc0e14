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
  'lastKeyIssuedAt' | 'keyInUseRetiredAt' | 'lateCallUntil' | 'lastHealedAt'
>;

/**
 * What the rotation that follows `newest` carries along.
 *
 * @param now ms since the epoch
 */
export function carriedFrom(newest: Rotation | undefined, now: number): Carried {
  if (!newest) return {};
  const keyIssuedAt = lastKeyIssuedAt(newest);
  const retiredAt = keyInUseRetiredAt(newest);
  const late = lateCallUntil(newest);
  const { lastHealedAt } = newest;
  return {
    ...(keyIssuedAt !== undefined && { lastKeyIssuedAt: keyIssuedAt }),
    ...(retiredAt !== undefined && { keyInUseRetiredAt: retiredAt }),
    ...(late !== undefined && Date.parse(late) > now && { lateCallUntil: late }),
    ...(lastHealedAt !== undefined && { lastHealedAt }),
  };
}

/** When the newest known key was issued, seen from the rotation that follows `newest`. */
export function lastKeyIssuedAt(newest: Rotation | undefined): string | undefined {
  return newest?.status === 'succeeded' && newest.key ? newest.completedAt : newest?.lastKeyIssuedAt;
}

/** Whether the app reads the key of this rotation as far as Keyturn knows, so that the previous keys do not matter. */
function isInUse({ key, secret, timeline }: SucceededRotation): boolean {
  if (!key) return false;
  return !secret || timeline.some(({ event }) => event === 'promoted');
}

function keyInUseRetiredAt(newest: Rotation): string | undefined {
  const { keyInUseRetiredAt: earlier, requestedAt } = newest;
  switch (newest.status) {
    case 'succeeded':
      if (!isInUse(newest)) return earlier ?? requestedAt;
      // A late call may have retired it already.
      return newest.key?.mayEndAt && toTimestamp(Date.parse(newest.key.mayEndAt) - KEY_LIFE_MS);
    case 'failed':
      return earlier;
    case 'unknown':
    case 'started':
      return earlier ?? requestedAt;
  }
}

/** A call left at the latest when its rotation was closed, or, if its function is gone, when its lease ended. */
function lateCallUntil(newest: Rotation): string | undefined {
  if (newest.status !== 'unknown') return newest.lateCallUntil;
  const leftBy = Math.min(Date.parse(newest.completedAt), Date.parse(newest.leaseExpiresAt));
  return toTimestamp(leftBy + LATE_CALL_MS);
}
