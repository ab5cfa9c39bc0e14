import type { GenerateApiKey, GenerateApiKeyResult } from '../adyen/generate-api-key.ts';
import type { AuditLog } from '../dynamodb/audit-log.ts';
import type { Secret } from '../secret.ts';
import type { ManagedSecretOf } from '../secrets-manager/managed-secret.ts';
import type { ManagementCredential } from '../secrets-manager/management-credential.ts';
import type { Announce } from './announce.ts';
import type { ApiCredential } from './api-credential.ts';
import type { Close } from './close.ts';
import { closeWith, type Outcome, recover } from './close-with.ts';
import type { EndAbandoned } from './end-abandoned.ts';
import { idempotencyHash } from './idempotency.ts';
import { replayOf } from './replay.ts';
import type { Rotate, RotateCommand, RotateResult } from './rotate-command.ts';
import type { ClosedRotation, KeptKey, Rotation } from './rotation.ts';
import { type Retention, type RotationRules, refusalToStart } from './rules.ts';
import { startAfter } from './start-after.ts';

/** Kept back from the upstream's time (ms), so that the audit can be closed: two full tries of its client. */
const AUDIT_RESERVE_MS = 5_000;
/** Kept back besides where the key must be stored and an event be sent (ms): two full tries of each client. */
const SECRET_RESERVE_MS = 8_000;

/**
 * Makes `rotate`: one rotation of one API credential, from the decision to the closed audit record.
 *
 * The record of intent is durable before the upstream is called, and of any number of racing callers one starts.
 * A key goes into the managed secret before the record is closed, so that a record never tells of a key that is
 * nowhere.
 */
export function createRotate(parts: {
  audit: AuditLog;
  newestSettled: (credential: ApiCredential) => Promise<Rotation | undefined>;
  close: Close;
  announce: Announce;
  endAbandoned: EndAbandoned;
  managementCredential: ManagementCredential;
  managedSecretOf: ManagedSecretOf;
  generateApiKey: GenerateApiKey;
  rules: RotationRules & Retention;
  now: () => number;
  log: Readonly<Record<'warn' | 'error', (message: string, fields: Record<string, unknown>) => void>>;
  /** A key is not where the app reads it. */
  onNotStored: () => void;
}): Rotate {
  const { audit, newestSettled, managementCredential, managedSecretOf, generateApiKey, rules, now, log } =
    parts;

  return async (command) => {
    const { credential, force } = command;
    const earlier = await findEarlier(command);
    if (earlier) return earlier;

    const newest = await newestSettled(credential);
    const refusal = refusalToStart(newest, { force, now: now(), rules });
    if (refusal) return { kind: 'refused', refusal };

    await assertSomewhereToGo(command);
    const managementKey = await managementCredential.get(credential);
    const started = startAfter(newest, command, now());
    if ((await audit.start(started)) === 'lost') {
      // The winner's lease is as good as ours: both began in the same moment.
      return { kind: 'refused', refusal: { code: 'rotation-in-progress', until: started.leaseExpiresAt } };
    }

    // Secrets Manager wants its version, and an earlier rotation may have filled it before its function was ended.
    const stored = command.versionId && (await managedSecretOf(credential)?.read(command.versionId));
    if (stored) {
      const rotation = recover(started, stored, now(), rules);
      await close(rotation, command);
      return { kind: 'issued', rotation, apiKey: stored.apiKey };
    }

    const result = await generate(command, managementKey);
    const kept = result.kind === 'key' ? await keep(command, result.apiKey) : undefined;
    const rotation = closeWith(started, outcomeOf(command, result, kept), now(), rules, kept);
    await close(rotation, command);
    if (rotation.status !== 'succeeded') return { kind: 'failed', rotation };
    if (result.kind === 'key') return { kind: 'issued', rotation, apiKey: result.apiKey };
    log.warn('The upstream answered without a key', { rotationId: rotation.id });
    return { kind: 'no-key', rotation };
  };

  /** A key that has nowhere to go must not be made: it would begin the last day of the one in use. */
  async function assertSomewhereToGo({ keyGoesTo, credential }: RotateCommand): Promise<void> {
    if (keyGoesTo === 'secret') await managedSecretOf(credential)?.describe();
  }

  async function findEarlier(command: RotateCommand): Promise<RotateResult | undefined> {
    if (command.idempotencyKey === undefined) return undefined;
    const hash = idempotencyHash(command.requestedBy, command.idempotencyKey);
    const earlier = await audit.findByIdempotencyHash(command.credential, hash);
    if (earlier?.id === command.rotationId) return goOn(earlier, command);
    const replay = earlier && replayOf(earlier, command, now());
    if (replay?.kind !== 'replayed' || command.keyGoesTo === 'secret') return replay;
    const apiKey = await readBack(replay.rotation);
    return { ...replay, ...(apiKey && { apiKey }) };
  }

  /**
   * Goes on with a rotation of this very command, whose invocation is gone: of one command only one runs at a time.
   * A key that was stored is not lost; where there is none, nobody knows whether one was made.
   */
  async function goOn(own: Rotation, command: RotateCommand): Promise<RotateResult> {
    const rotation =
      own.status === 'started'
        ? await parts.endAbandoned(own, 'its function was ended', command.versionId)
        : own;
    if (own.status === 'started') await close(rotation, command);
    // Whoever ended it may have been killed before that was on the bus.
    else await parts.announce(rotation);
    return rotation.status === 'succeeded' ? { kind: 'replayed', rotation } : { kind: 'failed', rotation };
  }

  /** A 401 may only mean that the stored credential was rotated since it was read: it is read anew and tried once more. */
  async function generate(command: RotateCommand, managementKey: Secret): Promise<GenerateApiKeyResult> {
    const { credential, rotationId, invocationEndsAt } = command;
    const reserve = AUDIT_RESERVE_MS + (managedSecretOf(credential) ? SECRET_RESERVE_MS : 0);
    const call = (key: Secret) =>
      generateApiKey({
        credential,
        managementKey: key,
        idempotencyKey: rotationId,
        deadline: invocationEndsAt - reserve,
      });
    const first = await call(managementKey);
    if (first.kind !== 'refused' || first.code !== 'upstream-unauthorized') return first;
    try {
      return await call(await managementCredential.reload(credential, managementKey));
    } catch (error) {
      log.error('The stored credential was refused and can not be read anew', { rotationId, error });
      return first;
    }
  }

  async function keep(command: RotateCommand, apiKey: Secret): Promise<KeptKey | undefined> {
    const { credential, rotationId, versionId = rotationId } = command;
    const secret = managedSecretOf(credential);
    if (!secret) return undefined;
    try {
      return await secret.store(versionId, { apiKey, rotationId });
    } catch (error) {
      log.error('The new key is not in its managed secret', { rotationId, error });
      parts.onNotStored();
      return { id: secret.id, error: 'not-stored' };
    }
  }

  /** The key of a replay, where there is a managed secret that still has it. */
  async function readBack(rotation: ClosedRotation): Promise<Secret | undefined> {
    const kept = rotation.status === 'succeeded' ? rotation.secret : undefined;
    if (!kept || 'error' in kept) return undefined;
    try {
      return (await managedSecretOf(rotation.credential)?.read(kept.versionId))?.apiKey;
    } catch (error) {
      log.error('The key of a replay can not be read back', { rotationId: rotation.id, error });
      return undefined;
    }
  }

  /**
   * A caller's key may be in hand by now: whatever the audit says, the caller must get it. The sweep closes what is
   * left open. Where the key goes to the secret only, the command is repeated and goes on from the audit instead.
   */
  async function close(rotation: ClosedRotation, { keyGoesTo }: RotateCommand): Promise<void> {
    try {
      if ((await parts.close(rotation)) === 'closed') return;
      log.error('The rotation was closed by someone else before it ended', { rotationId: rotation.id });
    } catch (error) {
      log.error('The rotation ended and its audit record is left open', { rotationId: rotation.id, error });
    }
    if (keyGoesTo === 'secret')
      throw new Error(`the audit record of rotation ${rotation.id} is not closed by us`);
  }
}

/** A key that is in no secret, and that nobody waits for, is lost. */
function outcomeOf({ keyGoesTo }: RotateCommand, result: GenerateApiKeyResult, kept?: KeptKey): Outcome {
  const isStored = kept !== undefined && !('error' in kept);
  if (result.kind !== 'key' || keyGoesTo === 'caller' || isStored) return result;
  return { kind: 'undelivered', report: result.report };
}
