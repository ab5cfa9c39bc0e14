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
export type Refusal =
  | Readonly<{ code: 'rotation-in-progress'; until: string; rotationId?: string }>
  | Readonly<{ code: 'overlap-active'; until: string }>
  | Readonly<{ code: 'quarantined'; until: string; rotationId: string }>
  | Readonly<{ code: 'idempotency-key-reused'; rotationId: string }>;

/** When a rotation that starts now loses its hold on the credential. */
export function leaseEnd(invocationEndsAt: number): string {
  return toTimestamp(invocationEndsAt + LEASE_MARGIN_MS);
}

/** Whether the function that ran this rotation is gone and has not ended it. */
export function isPastLease(rotation: Rotation, now: number): boolean {
  return rotation.status === 'started' && Date.parse(rotation.leaseExpiresAt) <= now;
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
  if (newest?.status === 'started') {
    return { code: 'rotation-in-progress', until: newest.leaseExpiresAt, rotationId: newest.id };
  }
  const quarantinedUntil = quarantineOf(newest);
  if (newest && quarantinedUntil !== undefined && Date.parse(quarantinedUntil) > now) {
    return { code: 'quarantined', until: quarantinedUntil, rotationId: newest.id };
  }
  const issuedAt = newest && lastKeyOf(newest).issuedAt;
  const overlapEnds = issuedAt ? Date.parse(issuedAt) + rules.minIntervalMs : 0;
  if (!force && overlapEnds > now) {
    return { code: 'overlap-active', until: toTimestamp(overlapEnds) };
  }
  return undefined;
}
