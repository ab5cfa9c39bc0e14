import type { Secret } from '../secret.ts';
import { isTemporary } from './failure-codes.ts';
import { IDEMPOTENCY_WINDOW_MS } from './idempotency.ts';
import type { FailedRotation, Rotation, SucceededRotation } from './rotation.ts';
import type { RotationRequest } from './rotation-request.ts';
import { isPastLease, type Refusal } from './rules.ts';

/**
 * What the same idempotency key gets again: how its rotation ended, or why that cannot be told. The key is there if it
 * was read back from the managed secret.
 */
export type Replay =
  | Readonly<{ kind: 'replayed'; rotation: SucceededRotation | FailedRotation; apiKey?: Secret }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>;

/**
 * What a request gets if its idempotency key has had an earlier rotation. `undefined`: it is a new request, because the
 * key is forgotten or the earlier end allows another try.
 *
 * @param now ms since the epoch
 */
export function replayOf(earlier: Rotation, request: RotationRequest, now: number): Replay | undefined {
  if (Date.parse(earlier.requestedAt) + IDEMPOTENCY_WINDOW_MS <= now) return undefined;
  if (earlier.reason !== request.reason || earlier.force !== request.force) {
    return { kind: 'refused', refusal: { code: 'idempotency-key-reused', rotationId: earlier.id } };
  }
  switch (earlier.status) {
    case 'started': {
      if (isPastLease(earlier, now)) return undefined;
      const { id: rotationId, leaseExpiresAt: until } = earlier;
      return { kind: 'refused', refusal: { code: 'rotation-in-progress', until, rotationId } };
    }
    case 'succeeded':
      return { kind: 'replayed', rotation: earlier };
    case 'failed':
      return isTemporary(earlier.code) || isAskedAgain(earlier)
        ? undefined
        : { kind: 'replayed', rotation: earlier };
    case 'unknown':
      return undefined;
  }
}

/** Secrets Manager keeps its token while a rotation fails: it asks again because the cause may have been fixed. */
function isAskedAgain({ requestedBy }: FailedRotation): boolean {
  return requestedBy.source === 'secrets-manager';
}
