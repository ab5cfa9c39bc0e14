import type { Secret } from '../secret.ts';
import { IDEMPOTENCY_WINDOW_MS } from './idempotency.ts';
import type { FailedRotation, Rotation, SucceededRotation } from './rotation.ts';
import { isPastLease, type Refusal } from './rules.ts';
import { isTemporary } from './temporary-failure.ts';

/**
 * What the same idempotency key gets again: how its rotation ended, or why it can not be told. The key is there where
 * it was read back from the managed secret.
 */
export type Replay =
  | Readonly<{ kind: 'replayed'; rotation: SucceededRotation | FailedRotation; apiKey?: Secret }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>;

/**
 * What a command gets whose idempotency key has had an earlier rotation. `undefined` where it is a new command: the
 * key is forgotten, or the earlier end invites another try.
 *
 * @param now ms since the epoch
 */
export function replayOf(
  earlier: Rotation,
  command: Readonly<{ reason?: string; force: boolean }>,
  now: number,
): Replay | undefined {
  if (Date.parse(earlier.requestedAt) + IDEMPOTENCY_WINDOW_MS <= now) return undefined;
  if (earlier.reason !== command.reason || earlier.force !== command.force) {
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

/** Secrets Manager keeps its token for as long as a rotation fails: it asks again because the cause may be mended. */
function isAskedAgain({ requestedBy }: FailedRotation): boolean {
  return requestedBy.source === 'secrets-manager';
}
