import { idempotencyHash } from './idempotency.ts';
import { LIFECYCLE } from './lifecycle.ts';
import type { RotationIntent } from './rotate-command.ts';
import type { ClosedRotation, Rotation, StartedRotation } from './rotation.ts';
import { lastKeyIssuedAt, leaseEnd } from './rules.ts';
import { newestSeal } from './seal.ts';
import { toTimestamp } from './timestamp.ts';

/**
 * The record of intent: the credential's next number, with what this one record must say of those before it.
 *
 * @param now ms since the epoch
 */
export function startAfter(
  newest: Rotation | undefined,
  intent: RotationIntent,
  now: number,
): StartedRotation {
  const { rotationId, credential, request, requestedBy, requestId, idempotencyKey, invocationEndsAt } =
    intent;
  const requestedAt = toTimestamp(now);
  const keyIssuedAt = lastKeyIssuedAt(newest);
  const { to: status, entry: event } = LIFECYCLE.started;
  return {
    id: rotationId,
    status,
    credential,
    number: (newest?.number ?? 0) + 1,
    requestedAt,
    requestedBy,
    ...request,
    requestId,
    ...(idempotencyKey !== undefined && { idempotencyHash: idempotencyHash(requestedBy, idempotencyKey) }),
    leaseExpiresAt: leaseEnd(invocationEndsAt),
    ...(keyIssuedAt !== undefined && { lastKeyIssuedAt: keyIssuedAt }),
    ...(newest && newest.status !== 'started' && linkTo(newest)),
    timeline: [{ at: requestedAt, event }],
  };
}

function linkTo(newest: ClosedRotation) {
  const { expiresAt } = newest;
  return {
    previousChain: newestSeal(newest),
    ...(expiresAt !== undefined && { previousExpiresAt: expiresAt }),
  };
}
