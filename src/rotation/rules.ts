import { lastKeyOf } from './carry.ts';
import type { Rotation } from './rotation.ts';
import { toTimestamp } from './timestamp.ts';

/** How long a rotation may hold its credential after its invocation must have ended (ms): clocks differ. */
const LEASE_MARGIN_MS = 30_000;

/** The waiting times by which a rotation ends and its key becomes current. All in ms. */
export type ClosingRules = Readonly<{
  /** No second call within this time of one whose outcome is unknown: the first may still be processed late. */
  quarantineMs: number;
  /** From the issue of a key to the time at which it can be used. */
  propagationMs: number;
  /** After the propagation: how long to probe for a key that works. */
  verificationMs: number;
  /** How long a closed record is kept; for ever if it is not set. */
  retentionMs?: number | undefined;
}>;

/** The same, with what decides whether a rotation may start. */
export type RotationRules = ClosingRules &
  Readonly<{
    /** No second key within this time of the previous one, unless forced. */
    minIntervalMs: number;
  }>;

/** Why a rotation may not start now, and when (RFC 3339) that ends. */
export type RefusalUntil =
  | Readonly<{ code: 'rotation-in-progress'; until: string; rotationId?: string }>
  | Readonly<{ code: 'overlap-active'; until: string }>
  | Readonly<{ code: 'quarantined'; until: string; rotationId: string }>;

/** Why a command starts no rotation. */
export type Refusal = RefusalUntil | Readonly<{ code: 'idempotency-key-reused'; rotationId: string }>;

/** When a rotation that starts now loses its hold on the credential. */
export function leaseEnd(invocationEndsAt: number): string {
  return toTimestamp(invocationEndsAt + LEASE_MARGIN_MS);
}

/** Whether the function that ran this rotation is gone and has not ended it. */
export function isPastLease(rotation: Rotation, now: number): boolean {
  return rotation.status === 'started' && Date.parse(rotation.leaseExpiresAt) <= now;
}

/**
 * Until when no call may be sent after a rotation whose function is gone. Its call, if there was one, left before the lease
 * ended.
 */
export function quarantineAfterLease(
  { leaseExpiresAt }: Pick<Rotation, 'leaseExpiresAt'>,
  { quarantineMs }: Pick<ClosingRules, 'quarantineMs'>,
): string {
  return toTimestamp(Date.parse(leaseExpiresAt) + quarantineMs);
}

/** Until when no call may be sent, seen from the rotation that follows `newest`. */
export function quarantineOf(newest: Rotation | undefined): string | undefined {
  return newest?.status === 'unknown' || newest?.status === 'failed' ? newest.quarantinedUntil : undefined;
}

/**
 * Whether another rotation may follow `newest`, the credential's newest rotation.
 *
 * `force` ends the overlap only. It cannot end a rotation that runs, nor a quarantine: a late call that is
 * processed after the forced one would retire the forced key.
 *
 * @param now ms since the epoch
 */
export function refusalToStart(
  newest: Rotation | undefined,
  { force, now, rules }: { force: boolean; now: number; rules: RotationRules },
): Refusal | undefined {
  return (
    refusalWhileRunning(newest) ??
    refusalInQuarantine(newest, now) ??
    (force ? undefined : refusalInOverlap(newest, now, rules))
  );
}

/** Refused because `newest` has not ended. */
export function refusalWhileRunning(newest: Rotation | undefined): RefusalUntil | undefined {
  if (newest?.status !== 'started') return undefined;
  return { code: 'rotation-in-progress', until: newest.leaseExpiresAt, rotationId: newest.id };
}

/** Refused because the call of `newest` or of one before it may still be processed. */
export function refusalInQuarantine(newest: Rotation | undefined, now: number): RefusalUntil | undefined {
  const until = quarantineOf(newest);
  if (!newest || until === undefined || Date.parse(until) <= now) return undefined;
  return { code: 'quarantined', until, rotationId: newest.id };
}

/** Refused because consumers may still use the previous key. */
export function refusalInOverlap(
  newest: Rotation | undefined,
  now: number,
  { minIntervalMs }: Pick<RotationRules, 'minIntervalMs'>,
): RefusalUntil | undefined {
  const issuedAt = newest && lastKeyOf(newest).issuedAt;
  const ends = issuedAt ? Date.parse(issuedAt) + minIntervalMs : 0;
  return ends > now ? { code: 'overlap-active', until: toTimestamp(ends) } : undefined;
}
