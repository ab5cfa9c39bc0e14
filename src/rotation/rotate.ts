import type { GenerateApiKey, GenerateApiKeyResult } from '../adyen/generate-api-key.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Secret } from '../secret.ts';
import type { StoredCredential } from '../secrets/stored-credential.ts';
import { anchorOf } from './anchor.ts';
import type { ApiCredential } from './api-credential.ts';
import { idempotencyHash } from './idempotency.ts';
import { type Replay, replayOf } from './replay.ts';
import type {
  ClosedRotation,
  FailedRotation,
  Requester,
  Rotation,
  StartedRotation,
  SucceededRotation,
  UnknownRotation,
} from './rotation.ts';
import {
  isPastLease,
  lastKeyIssuedAt,
  leaseEnd,
  type Refusal,
  type Retention,
  type RotationRules,
  refusalToStart,
} from './rules.ts';
import { abandon, settle } from './settle.ts';

/** Kept back from the upstream's time (ms), so that the audit can be closed: two full tries of its client. */
const AUDIT_RESERVE_MS = 5_000;

export type RotateCommand = Readonly<{
  /** The id that the rotation gets if it starts: also Adyen's `Idempotency-Key`. */
  rotationId: string;
  credential: ApiCredential;
  requestedBy: Requester;
  requestId: string;
  reason?: string;
  force: boolean;
  idempotencyKey?: string;
  /** When the invocation that runs this is ended from outside (ms since the epoch). */
  invocationEndsAt: number;
}>;

/**
 * What became of a command:
 * - `issued`: a key, and nobody but the caller holds it;
 * - `no-key`: the upstream accepted and gave none;
 * - `failed`: the rotation ended otherwise;
 * - `replayed`: the idempotency key has seen its rotation end before;
 * - `refused`: no rotation was started.
 */
export type RotateResult =
  | Readonly<{ kind: 'issued'; rotation: SucceededRotation; apiKey: Secret }>
  | Readonly<{ kind: 'no-key'; rotation: SucceededRotation }>
  | Readonly<{ kind: 'failed'; rotation: FailedRotation | UnknownRotation }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>
  | Replay;

export type Rotate = (command: RotateCommand) => Promise<RotateResult>;

/**
 * Makes `rotate`: one rotation of one API credential, from the decision to the closed audit record.
 *
 * The record of intent is durable before the upstream is called, and of any number of racing callers one starts.
 * It throws `Unavailable` only while no call was made.
 */
export function createRotate(parts: {
  audit: AuditLog;
  storedCredential: StoredCredential;
  generateApiKey: GenerateApiKey;
  rules: RotationRules & Retention;
  now: () => number;
  log: Readonly<
    Record<'info' | 'warn' | 'error', (message: string, fields: Record<string, unknown>) => void>
  >;
}): Rotate {
  const { audit, storedCredential, generateApiKey, rules, now, log } = parts;

  return async (command) => {
    const { credential, force } = command;
    const replay = await findReplay(command);
    if (replay) return replay;

    const newest = await newestSettled(credential);
    const refusal = refusalToStart(newest, { force, now: now(), rules });
    if (refusal) return { kind: 'refused', refusal };

    const managementKey = await storedCredential.get(credential);
    const started = startAfter(newest, command, now());
    if ((await audit.start(started)) === 'lost') {
      // The winner's lease is as good as ours: both began in the same moment.
      return { kind: 'refused', refusal: { code: 'rotation-in-progress', until: started.leaseExpiresAt } };
    }

    const result = await generate(command, managementKey);
    const rotation = settle(started, result, now(), rules);
    await close(rotation);
    if (rotation.status !== 'succeeded') return { kind: 'failed', rotation };
    if (result.kind === 'key') return { kind: 'issued', rotation, apiKey: result.apiKey };
    log.warn('The upstream answered without a key', { rotationId: rotation.id });
    return { kind: 'no-key', rotation };
  };

  async function findReplay(command: RotateCommand): Promise<Replay | undefined> {
    if (command.idempotencyKey === undefined) return undefined;
    const hash = idempotencyHash(command.requestedBy, command.idempotencyKey);
    const earlier = await audit.findByIdempotencyHash(command.credential, hash);
    return earlier && replayOf(earlier, command, now());
  }

  async function newestSettled(credential: ApiCredential): Promise<Rotation | undefined> {
    const newest = await audit.newest(credential);
    if (newest?.status !== 'started' || !isPastLease(newest, now())) return newest;
    const abandoned = abandon(newest, now(), rules);
    if ((await audit.close(abandoned)) === 'lost') return audit.newest(credential);
    logAnchor(abandoned);
    return abandoned;
  }

  /** A 401 may only mean that the stored credential was rotated since it was read: it is read anew and tried once more. */
  async function generate(command: RotateCommand, managementKey: Secret): Promise<GenerateApiKeyResult> {
    const { credential, rotationId, invocationEndsAt } = command;
    const call = (key: Secret) =>
      generateApiKey({
        credential,
        managementKey: key,
        idempotencyKey: rotationId,
        deadline: invocationEndsAt - AUDIT_RESERVE_MS,
      });
    const first = await call(managementKey);
    if (first.kind !== 'refused' || first.code !== 'upstream-unauthorized') return first;
    try {
      return await call(await storedCredential.reload(credential, managementKey));
    } catch (error) {
      log.error('The stored credential was refused and can not be read anew', { rotationId, error });
      return first;
    }
  }

  /** A key may be in hand by now: whatever the audit says, the caller must get it. The sweep closes what is left open. */
  async function close(rotation: ClosedRotation): Promise<void> {
    try {
      if ((await audit.close(rotation)) === 'closed') logAnchor(rotation);
      else log.error('The rotation was closed by someone else before it ended', { rotationId: rotation.id });
    } catch (error) {
      log.error('The rotation ended and its audit record is left open', { rotationId: rotation.id, error });
    }
  }

  /** The log keeps the seal where nobody who can write to the table can reach it. */
  function logAnchor(rotation: ClosedRotation): void {
    log.info('closed', { rotationId: rotation.id, anchor: anchorOf(rotation) });
  }
}

/** The record of intent: the credential's next number, with what the one item must know of those before it. */
function startAfter(newest: Rotation | undefined, command: RotateCommand, now: number): StartedRotation {
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

function linkTo({ chain, expiresAt }: ClosedRotation) {
  return { previousChain: chain, ...(expiresAt !== undefined && { previousExpiresAt: expiresAt }) };
}
