import type { Secret } from '../secret.ts';
import type { KeyInUse } from './carry.ts';
import type { Announce, Commit } from './commit.ts';
import type { CompleteRotation } from './complete-rotation.ts';
import type { Expire, ReadNewest } from './expire.ts';
import { idempotencyHash } from './idempotency.ts';
import { storedVersionOf } from './key-events.ts';
import { findKeyInUse, keyInUseAtWorst } from './key-in-use.ts';
import { ManagedSecretError } from './managed-secret-error.ts';
import type { AuditLog, Clock, Log, ManagedSecret, ManagedSecretOf, ManagementCredential } from './ports.ts';
import { replayOf } from './replay.ts';
import type { Rotate, RotateCommand, RotateResult } from './rotate-command.ts';
import type { ClosedRotation, Rotation } from './rotation.ts';
import { type RotationRules, refusalToStart } from './rules.ts';
import { startAfter } from './start-after.ts';

/**
 * Makes `rotate`: one rotation of one API credential, from the decision to the closed audit record.
 *
 * The record of intent is durable before Adyen is called, and of any number of racing callers one starts.
 */
export function createRotate(deps: {
  audit: AuditLog;
  readNewest: ReadNewest;
  expire: Expire;
  commit: Commit;
  announce: Announce;
  managementCredential: ManagementCredential;
  managedSecretOf: ManagedSecretOf;
  completeRotation: CompleteRotation;
  rules: RotationRules;
  now: Clock;
  log: Log;
}): Rotate {
  const { audit, readNewest, expire, commit, announce, completeRotation } = deps;
  const { managementCredential, managedSecretOf, rules, now, log } = deps;

  return async (command) => {
    const { credential, request } = command;
    const secret = managedSecretOf(credential);
    const newest = await readNewest(credential);
    // After the newest record was read: an earlier rotation with this key is found, or takes the number that we want.
    const earlier = await findEarlier(command, secret);
    if (earlier) return earlier;

    const refusal = refusalToStart(newest, { force: request.force, now: now(), rules });
    if (refusal) return { kind: 'refused', refusal };

    const keyInUse = await readKeyInUse(newest, command, secret);
    const managementKey = await managementCredential.get(credential);
    const started = startAfter(newest, command, now(), keyInUse);
    if ((await commit({ event: 'started', rotation: started })) === 'lost') {
      // The winner's lease ends when ours would: both began in the same moment.
      return { kind: 'refused', refusal: { code: 'rotation-in-progress', until: started.leaseExpiresAt } };
    }
    return completeRotation({ rotation: started, command, managementKey, secret });
  };

  /** A caller gets the new key even if its managed secret cannot be read. */
  async function readKeyInUse(
    newest: Rotation | undefined,
    { keyGoesTo, rotationId }: RotateCommand,
    secret: ManagedSecret | undefined,
  ): Promise<KeyInUse> {
    try {
      return await findKeyInUse(audit, newest, secret);
    } catch (error) {
      // A key that has nowhere to go must not be made: it would start the last 24 hours of the key in use.
      if (keyGoesTo === 'secret' || !(error instanceof ManagedSecretError)) throw error;
      log.error('The managed secret does not say which key is in use', { rotationId, error });
      return keyInUseAtWorst(audit, newest, now());
    }
  }

  async function findEarlier(
    command: RotateCommand,
    secret: ManagedSecret | undefined,
  ): Promise<RotateResult | undefined> {
    if (command.idempotencyKey === undefined) return undefined;
    const hash = idempotencyHash(command.requestedBy, command.idempotencyKey);
    const earlier = await audit.findByIdempotencyHash(command.credential, hash);
    if (!earlier) return undefined;
    if (earlier.id === command.rotationId) return resume(earlier);
    const replay = replayOf(earlier, command.request, now());
    if (!replay) return resumeOlder(command, hash);
    if (replay.kind !== 'replayed' || command.keyGoesTo === 'secret') return replay;
    const apiKey = secret && (await readBack(replay.rotation, secret));
    return { ...replay, ...(apiKey && { apiKey }) };
  }

  /** An event may have come twice: then a try of the other execution may be newer than the one of this command. */
  async function resumeOlder(command: RotateCommand, hash: string): Promise<RotateResult | undefined> {
    if (command.keyGoesTo !== 'secret') return undefined;
    const own = await audit.findByIdempotencyHash(command.credential, hash, command.rotationId);
    return own && resume(own);
  }

  /** Continues a rotation of this very command, whose invocation is gone: of one command only one runs at a time. */
  async function resume(own: Rotation): Promise<RotateResult> {
    if (own.status === 'started') {
      const { rotation, written } = await expire(own, 'its function was ended');
      if (written === 'lost') throw new Error(`the audit record of rotation ${own.id} was closed elsewhere`);
      return resumed(rotation);
    }
    // The function that ended it may have been killed before that was on the bus.
    await announce(own);
    return resumed(own);
  }

  /** The key of a replay, if the managed secret still has it. */
  async function readBack(rotation: ClosedRotation, secret: ManagedSecret): Promise<Secret | undefined> {
    const stored = storedVersionOf(rotation);
    if (!stored) return undefined;
    try {
      return (await secret.read(stored.versionId))?.apiKey;
    } catch (error) {
      log.error('The key of a replay cannot be read back', { rotationId: rotation.id, error });
      return undefined;
    }
  }
}

function resumed(rotation: ClosedRotation): RotateResult {
  return rotation.status === 'succeeded' ? { kind: 'replayed', rotation } : { kind: 'failed', rotation };
}
