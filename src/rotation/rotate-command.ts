import type { Secret } from '../secret.ts';
import type { ApiCredential } from './api-credential.ts';
import type { Replay } from './replay.ts';
import type { FailedRotation, Requester, SucceededRotation, UnknownRotation } from './rotation.ts';
import type { Refusal } from './rules.ts';

export type RotateCommand = Readonly<{
  /**
   * The id that the rotation gets if it starts: also Adyen's `Idempotency-Key` and the version of the managed secret.
   * The same command with the same id goes on with what it has begun.
   */
  rotationId: string;
  credential: ApiCredential;
  requestedBy: Requester;
  requestId: string;
  reason?: string;
  force: boolean;
  idempotencyKey?: string;
  /** Who gets the key: whoever asks, or nobody but the managed secret. */
  keyGoesTo: 'caller' | 'secret';
  /** The secret's version, where Secrets Manager has chosen one. */
  versionId?: string;
  /** When the invocation that runs this is ended from outside (ms since the epoch). */
  invocationEndsAt: number;
}>;

/**
 * What became of a command:
 * - `issued`: a key, and nobody but the caller and the managed secret holds it;
 * - `no-key`: the upstream accepted and gave none;
 * - `failed`: the rotation ended otherwise;
 * - `replayed`: the rotation has ended before;
 * - `refused`: no rotation was started.
 */
export type RotateResult =
  | Readonly<{ kind: 'issued'; rotation: SucceededRotation; apiKey: Secret }>
  | Readonly<{ kind: 'no-key'; rotation: SucceededRotation }>
  | Readonly<{ kind: 'failed'; rotation: FailedRotation | UnknownRotation }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>
  | Replay;

/** It throws `Unavailable` or `ManagedSecretError` only while no call was made. */
export type Rotate = (command: RotateCommand) => Promise<RotateResult>;
