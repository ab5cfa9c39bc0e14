import type { Secret } from '../secret.ts';
import type { ApiCredential } from './api-credential.ts';
import type { Replay } from './replay.ts';
import type { FailedRotation, Requester, SucceededRotation, UnknownRotation } from './rotation.ts';
import type { RotationRequest } from './rotation-request.ts';

/** One attempt to rotate: who asks for what, and which rotation it becomes. */
export type RotationIntent = Readonly<{
  /**
   * The id that the rotation gets if it starts; also Adyen's `Idempotency-Key` and the version of the managed secret.
   * The same command with the same id continues what it has begun.
   */
  rotationId: string;
  credential: ApiCredential;
  request: RotationRequest;
  requestedBy: Requester;
  requestId: string;
  idempotencyKey?: string;
  /** The secret's version, if Secrets Manager has chosen one. */
  versionId?: string;
  /** Whether this replaces a dead key: at most once in 24 hours. */
  isHeal?: boolean;
  /** When the invocation that runs this is ended from outside (ms since the epoch). */
  invocationEndsAt: number;
}>;

export type RotateCommand = RotationIntent &
  Readonly<{
    /** Who gets the key: the caller, or the managed secret only. */
    keyGoesTo: 'caller' | 'secret';
    /** Whether the caller has been given another response meanwhile. */
    isGivenUp?: () => boolean;
  }>;

/**
 * What became of a command:
 * - `issued`: a key, which only the caller and the managed secret hold;
 * - `no-key`: Adyen accepted and gave none;
 * - `failed`: the rotation ended otherwise;
 * - `replayed`: the rotation has ended before;
 * - `refused`: no rotation was started.
 */
export type RotateResult =
  | Readonly<{ kind: 'issued'; rotation: SucceededRotation; apiKey: Secret }>
  | Readonly<{ kind: 'no-key'; rotation: SucceededRotation }>
  | Readonly<{ kind: 'failed'; rotation: FailedRotation | UnknownRotation }>
  | Replay;

/** It throws `Unavailable` or `ManagedSecretError` only while no call was made. */
export type Rotate = (command: RotateCommand) => Promise<RotateResult>;
