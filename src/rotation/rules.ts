import type { Rotation } from './rotation.ts';

/** How long a rotation may hold its credential after the invocation that runs it must have ended (ms): clocks differ. */
const LEASE_MARGIN_MS = 30_000;

/** The waiting times that keep keys alive. All in ms. */
export type RotationRules = Readonly<{
  /** No second key within this time of the one before, unless forced. */
  minIntervalMs: number;
  /** No second call within this time of one whose outcome is unknown. Never less than the time in which a late call may still be processed. */
  quarantineMs: number;
  /** From the issue of a key to the time when it can be used. */
  propagationMs: number;
}>;

/** How long a new key is given until it must have been seen working. All in ms. */
export type VerificationRules = Readonly<{
  propagationMs: number;
  /** After the propagation, so long is it asked for again and again. */
  verificationMs: number;
}>;

/** How long a closed record is kept (ms); for ever where it is not set. */
export type Retention = Readonly<{ retentionMs?: number | undefined }>;

/** Why a rotation may not start now, and when (RFC 3339) that ends. */
export type Refusal =
  | Readonly<{ code: 'rotation-in-progress'; until: string; rotationId?: string }>
  | Readonly<{ code: 'overlap-active'; until: string }>
  | Readonly<{ code: 'quarantined'; until: string; rotationId: string }>
  | Readonly<{ code: 'idempotency-key-reused'; rotationId: string }>;

/** When a rotation that starts now loses its hold on the credential. */
export function leaseEnd(invocationEndsAt: number): string {
  return new Date(invocationEndsAt + LEASE_MARGIN_MS).toISOString();
}

/** Whether whoever ran this rotation is gone without closing it. */
export function isPastLease(rotation: Rotation, now: number): boolean {
  return rotation.status === 'started' && Date.parse(rotation.leaseExpiresAt) <= now;
}

/** When the newest key that is known of was issued, seen from the rotation that follows `newest`. */
export function lastKeyIssuedAt(newest: Rotation | undefined): string | undefined {
  return newest?.status === 'succeeded' && newest.key ? newest.completedAt : newest?.lastKeyIssuedAt;
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
  const issuedAt = lastKeyIssuedAt(newest);
  const overlapEnds = issuedAt ? Date.parse(issuedAt) + rules.minIntervalMs : 0;
  if (!force && overlapEnds > now) {
    return { code: 'overlap-active', until: new Date(overlapEnds).toISOString() };
  }
  return undefined;
}
