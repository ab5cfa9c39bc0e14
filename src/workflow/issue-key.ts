import { countRotation } from '../rotation/count-rotation.ts';
import { DEFAULT_RETRY_AFTER_S, isTemporary } from '../rotation/failure-codes.ts';
import { type IssuedKey, issuedKeyOf } from '../rotation/key-events.ts';
import type { Clock, Metrics } from '../rotation/ports.ts';
import type { Rotate } from '../rotation/rotate-command.ts';
import type { FailedRotation, SucceededRotation, UnknownRotation } from '../rotation/rotation.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import type { RotateInput } from './workflow-input.ts';

/** How often to try a rotation that was refused, failed for now, or has an unknown outcome. */
const MAX_TRIES = 5;

/** A key that is in its managed secret, as `AWSPENDING`. */
export type StoredIssue = IssuedKey &
  Readonly<{ versionId: string; usableFrom: string; previousKeyExpiresAt: string }>;

type Try =
  | Readonly<{ kind: 'issued'; issued: StoredIssue }>
  | Readonly<{ kind: 'duplicate'; rotationId: string }>
  | Readonly<{ kind: 'again'; code: string; until: string }>
  | Readonly<{ kind: 'ended'; code: string }>;

export type IssueResult = Extract<Try, { kind: 'issued' | 'duplicate' }>;

/** What a key is issued for: an event, or an order of Keyturn itself. */
export type IssueRequest = Omit<RotateInput, 'kind'>;

export type IssueKey = (asked: IssueRequest, durable: Durable) => Promise<IssueResult>;

/**
 * Makes the first part of the workflow: one key for one event, in its managed secret. A temporary failure is waited out
 * and tried again, a few times. `duplicate`: another execution has rotated for the same event.
 */
export function createIssueKey(deps: {
  rotate: Rotate;
  newId: () => string;
  now: Clock;
  metrics: Metrics;
}): IssueKey {
  const { rotate, newId, now, metrics } = deps;

  return async (asked, durable) => {
    let last = 'unknown';
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      // Checkpointed before it is used: a step that is repeated knows the rotation that it has begun.
      const rotationId = await durable.step(`id ${turn}`, async () => newId());
      const outcome = await durable.step(`rotate ${turn}`, () => tryOnce(asked, rotationId, durable));
      switch (outcome.kind) {
        case 'issued':
        case 'duplicate':
          return outcome;
        case 'ended':
          throw new WorkflowFailed(outcome.code, `no key was issued: ${outcome.code}`);
        case 'again':
          last = outcome.code;
          if (turn < MAX_TRIES) await durable.waitUntil(`${outcome.code} ${turn}`, outcome.until);
      }
    }
    throw new WorkflowFailed(last, `no key was issued in ${MAX_TRIES} tries; the last: ${last}`);
  };

  async function tryOnce(asked: IssueRequest, rotationId: string, durable: Durable): Promise<Try> {
    const { eventId, source, credential, request } = asked;
    const result = await rotate({
      rotationId,
      credential,
      request,
      requestedBy: { source: 'event', subject: source },
      requestId: eventId,
      idempotencyKey: eventId,
      keyGoesTo: 'secret',
      invocationEndsAt: durable.invocationEndsAt(),
    });
    countRotation(metrics, result);
    switch (result.kind) {
      case 'issued':
        return { kind: 'issued', issued: storedBy(result.rotation) };
      case 'no-key':
        return { kind: 'ended', code: 'no-key' };
      case 'replayed':
        if (result.rotation.status === 'failed') return { kind: 'ended', code: result.rotation.code };
        if (!result.rotation.key) return { kind: 'ended', code: 'no-key' };
        if (result.rotation.id !== rotationId) return { kind: 'duplicate', rotationId: result.rotation.id };
        return { kind: 'issued', issued: storedBy(result.rotation) };
      case 'failed':
        return afterFailure(result.rotation);
      case 'refused': {
        const { refusal } = result;
        return refusal.code === 'rotation-in-progress' || refusal.code === 'quarantined'
          ? { kind: 'again', code: refusal.code, until: refusal.until }
          : { kind: 'ended', code: refusal.code };
      }
    }
  }

  function afterFailure(rotation: FailedRotation | UnknownRotation): Try {
    if (rotation.status === 'unknown') {
      return { kind: 'again', code: rotation.code ?? 'unknown', until: rotation.quarantinedUntil };
    }
    const { code, retryAfter = DEFAULT_RETRY_AFTER_S } = rotation;
    if (!isTemporary(code)) return { kind: 'ended', code };
    return { kind: 'again', code, until: toTimestamp(now() + retryAfter * 1000) };
  }
}

/** What the workflow must know of an issued key. Throws an error if the rotation stored none in a managed secret. */
export function storedBy(rotation: SucceededRotation): StoredIssue {
  const { key, secret } = rotation;
  if (!key || !secret || 'error' in secret) {
    throw new Error(`rotation ${rotation.id} stored no key in a managed secret`);
  }
  const { usableFrom, previousKeyExpiresAt } = key;
  return { ...issuedKeyOf(rotation), versionId: secret.versionId, usableFrom, previousKeyExpiresAt };
}
