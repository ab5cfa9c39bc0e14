import { type Carried, carriedFrom, KEY_LIFE_MS, type KeyInUse } from './carry.ts';
import { idempotencyHash } from './idempotency.ts';
import { LIFECYCLE } from './lifecycle.ts';
import type { RotationIntent } from './rotate-command.ts';
import type { ClosedRotation, Rotation, StartedRotation } from './rotation.ts';
import { leaseEnd } from './rules.ts';
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
  keyInUse: KeyInUse,
): StartedRotation {
  const { rotationId, credential, request, requestedBy, requestId, idempotencyKey, versionId } = intent;
  const requestedAt = toTimestamp(now);
  const { to: status, entry: event } = LIFECYCLE.started;
  const carried = carriedFrom(newest, now, keyInUse);
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
    leaseExpiresAt: leaseEnd(intent.invocationEndsAt),
    ...(versionId !== undefined && versionId !== rotationId && { secretVersionId: versionId }),
    ...carried,
    ...(intent.isHeal && healOf(carried, now)),
    ...(newest && newest.status !== 'started' && linkTo(newest)),
    timeline: [{ at: requestedAt, event }],
  };
}

/** The key in use was seen dead: it was retired at least a day ago. */
function healOf({ keyInUseRetiredAt: carried }: Carried, now: number) {
  const dayAgo = toTimestamp(now - KEY_LIFE_MS);
  const keyInUseRetiredAt = carried ?? dayAgo;
  return {
    lastHealedAt: toTimestamp(now),
    keyInUseRetiredAt: keyInUseRetiredAt < dayAgo ? keyInUseRetiredAt : dayAgo,
  };
}

function linkTo(newest: ClosedRotation) {
  const { expiresAt } = newest;
  return {
    previousChain: newestSeal(newest),
    ...(expiresAt !== undefined && { previousExpiresAt: expiresAt }),
  };
}
