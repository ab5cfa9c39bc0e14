import { idempotencyHash } from './idempotency.ts';
import type { RotateCommand } from './rotate-command.ts';
import type { ClosedRotation, Rotation, StartedRotation } from './rotation.ts';
import { lastKeyIssuedAt, leaseEnd } from './rules.ts';
import { newestSeal } from './seal.ts';

/** The record of intent: the credential's next number, with what the one item must know of those before it. */
export function startAfter(
  newest: Rotation | undefined,
  command: Omit<RotateCommand, 'keyGoesTo'>,
  now: number,
): StartedRotation {
  const { rotationId, credential, requestedBy, requestId, reason, force, idempotencyKey } = command;
  const requestedAt = new Date(now).toISOString();
  const keyIssuedAt = lastKeyIssuedAt(newest);
  return {
    id: rotationId,
    status: 'started',
    credential,
    number: (newest?.number ?? 0) + 1,
    requestedAt,
    requestedBy,
    ...(reason !== undefined && { reason }),
    force,
    requestId,
    ...(idempotencyKey !== undefined && { idempotencyHash: idempotencyHash(requestedBy, idempotencyKey) }),
    leaseExpiresAt: leaseEnd(command.invocationEndsAt),
    ...(keyIssuedAt !== undefined && { lastKeyIssuedAt: keyIssuedAt }),
    ...(newest && newest.status !== 'started' && linkTo(newest)),
    timeline: [{ at: requestedAt, event: 'started' }],
  };
}

function linkTo(newest: ClosedRotation) {
  const { expiresAt } = newest;
  return {
    previousChain: newestSeal(newest),
    ...(expiresAt !== undefined && { previousExpiresAt: expiresAt }),
  };
}
