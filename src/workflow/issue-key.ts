import type { ApiCredential } from '../rotation/api-credential.ts';
import type { IssuedKey } from '../rotation/key-events.ts';
import type { Rotate, RotateResult } from '../rotation/rotate-command.ts';
import type { FailedRotation, SucceededRotation, UnknownRotation } from '../rotation/rotation.ts';
import { DEFAULT_RETRY_AFTER_S, isTemporary } from '../rotation/temporary-failure.ts';
import { type Durable, WorkflowFailed } from './durable.ts';

/** How often a rotation is tried that did not come about, or whose outcome is unknown. */
const MAX_TRIES = 5;

/** Why an event's key is to be issued. */
export type IssueOrder = Readonly<{
  eventId: string;
  source: string;
  credential: ApiCredential;
  reason: string;
  force: boolean;
}>;

/** A key that is in its managed secret, as `AWSPENDING`. */
export type Issued = IssuedKey &
  Readonly<{ versionId: string; usableFrom: string; previousKeyExpiresAt: string }>;

type Try =
  | Readonly<{ kind: 'issued'; issued: Issued }>
  | Readonly<{ kind: 'duplicate'; rotationId: string }>
  | Readonly<{ kind: 'again'; code: string; until: string }>
  | Readonly<{ kind: 'ended'; code: string }>;

export type IssueResult = Extract<Try, { kind: 'issued' | 'duplicate' }>;

/**
 * Makes the first part of the workflow: one key for one event, in its managed secret. What may pass is waited for and
 * tried again, a few times. `duplicate`: another execution has rotated for the same event.
 */
export function createIssue(parts: {
  rotate: Rotate;
  newId: () => string;
  now: () => number;
  onTried: (result: RotateResult) => void;
}): (order: IssueOrder, durable: Durable) => Promise<IssueResult> {
  const { rotate, newId, now, onTried } = parts;

  return async (order, durable) => {
    let last = 'unknown';
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      // Noted before it is used: a step that is repeated knows the rotation that it has begun.
      const rotationId = await durable.step(`id ${turn}`, async () => newId());
      const outcome = await durable.step(`rotate ${turn}`, () => tryOnce(order, rotationId, durable));
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

  async function tryOnce(order: IssueOrder, rotationId: string, durable: Durable): Promise<Try> {
    const { eventId, source, credential, reason, force } = order;
    const result = await rotate({
      rotationId,
      credential,
      requestedBy: { source: 'event', subject: source },
      requestId: eventId,
      reason,
      force,
      idempotencyKey: eventId,
      keyGoesTo: 'secret',
      invocationEndsAt: durable.invocationEndsAt(),
    });
    onTried(result);
    switch (result.kind) {
      case 'issued':
        return { kind: 'issued', issued: issuedBy(result.rotation) };
      case 'no-key':
        return { kind: 'ended', code: 'no-key' };
      case 'replayed':
        if (result.rotation.status === 'failed') return { kind: 'ended', code: result.rotation.code };
        if (!result.rotation.key) return { kind: 'ended', code: 'no-key' };
        if (result.rotation.id !== rotationId) return { kind: 'duplicate', rotationId: result.rotation.id };
        return { kind: 'issued', issued: issuedBy(result.rotation) };
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
    return { kind: 'again', code, until: new Date(now() + retryAfter * 1000).toISOString() };
  }
}

/** What is known of an issued key. Throws where the rotation has put none into a managed secret. */
export function issuedBy({ id, credential, number, key, secret }: SucceededRotation): Issued {
  if (!key || !secret || 'error' in secret)
    throw new Error(`rotation ${id} has put no key into a managed secret`);
  const { usableFrom, previousKeyExpiresAt } = key;
  return {
    credential,
    rotationId: id,
    number,
    versionId: secret.versionId,
    usableFrom,
    previousKeyExpiresAt,
  };
}
