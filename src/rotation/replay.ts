import type { Secret } from '../secret.ts';
import { isTemporary } from './failure-codes.ts';
import { IDEMPOTENCY_WINDOW_MS } from './idempotency.ts';
import type { FailedRotation, Rotation, SucceededRotation } from './rotation.ts';
import { type RotationRequest, RotationRequestSchema } from './rotation-request.ts';
import { isPastLease, type Refusal } from './rules.ts';

/**
 * What the same idempotency key gets again: how its rotation ended, or why that cannot be told. The key is there if it
 * was read back from the managed secret.
 */
export type Replay =
  | Readonly<{ kind: 'replayed'; rotation: SucceededRotation | FailedRotation; apiKey?: Secret }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>;

/** What must be the same if an idempotency key comes again. */
// Object.keys loses the type of the names.
const REQUEST_MEMBERS = Object.keys(RotationRequestSchema.entries) as (keyof RotationRequest)[];

/**
 * What a request gets if its idempotency key has had an earlier rotation. `undefined`: it is a new request, because the
 * key is forgotten or the earlier end allows another try.
 *
 * @param now ms since the epoch
 */
export function replayOf(earlier: Rotation, request: RotationRequest, now: number): Replay | undefined {
  if (Date.parse(earlier.requestedAt) + IDEMPOTENCY_WINDOW_MS <= now) return undefined;
  if (REQUEST_MEMBERS.some((member) => earlier[member] !== request[member])) {
    return { kind: 'refused', refusal: { code: 'idempotency-key-reused', rotationId: earlier.id } };
  }
  switch (earlier.status) {
    case 'started': {
      if (isPastLease(earlier, now)) return undefined;
      const { id: rotationId, leaseExpiresAt: until } = earlier;
      return { kind: 'refused', refusal: { code: 'rotation-in-progress', until, rotationId } };
    }
    case 'succeeded':
      // A caller has had its response. An event and Secrets Manager want a key: they ask again after a 204.
      return earlier.key || earlier.requestedBy.source === 'http'
        ? { kind: 'replayed', rotation: earlier }
        : undefined;
    case 'failed':
      return isTemporary(earlier.code) || isAskedAgain(earlier)
        ? undefined
        : { kind: 'replayed', rotation: earlier };
    case 'unknown':
      return undefined;
  }
}

/** The `source` of Keyturn's own events, and the requester of the rotations that it wants by itself. */
export const KEYTURN = 'keyturn';

/** Secrets Manager and Keyturn itself ask again with the same key because the cause may have been fixed. */
function isAskedAgain({ requestedBy }: FailedRotation): boolean {
  const { source, subject } = requestedBy;
  return source === 'secrets-manager' || (source === 'event' && subject === KEYTURN);
}
