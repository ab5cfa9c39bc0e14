import type { ApiCredential } from '../rotation/api-credential.ts';
import { LATE_CALL_MS } from '../rotation/carry.ts';
import { countRotation } from '../rotation/count-rotation.ts';
import { DEFAULT_RETRY_AFTER_S, isTemporary } from '../rotation/failure-codes.ts';
import { idempotencyKeyOf } from '../rotation/idempotency.ts';
import { type IssuedKey, issuedKeyOf, storedVersionOf } from '../rotation/key-events.ts';
import { ManagedSecretError } from '../rotation/managed-secret-error.ts';
import type { Clock, Metrics } from '../rotation/ports.ts';
import { KEYTURN } from '../rotation/replay.ts';
import type { Rotate, RotateResult } from '../rotation/rotate-command.ts';
import type { FailedRotation, SucceededRotation, UnknownRotation } from '../rotation/rotation.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import { Unavailable } from '../rotation/unavailable.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import type { RotateInput } from './workflow-input.ts';

/** For how long a rotation is tried again that time may make possible (ms): then a person must look. */
const PATIENCE_MS = 3 * 24 * 60 * 60 * 1000;
/** After this time (ms) a call that was not answered cannot overtake a second one. The margin is for clocks that differ. */
export const OVERTAKES_MS = LATE_CALL_MS + 60_000;
/** The pause after a service did not respond, and the longest that it grows to (ms). */
const OUTAGE_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** An execution that has recorded no other try for so long (ms) after its last one has given up, or waits for AWS. */
export const GIVEN_UP_MS = LONGEST_PAUSE_MS + 5 * 60_000;
/**
 * How often a rotation that Keyturn wants itself is tried again after Adyen has rejected it: about an hour. No other
 * sender raises it again, and some causes are over by then.
 */
const MAX_REJECTED = 6;
/** So that executions that wait for the same moment do not all continue in it (ms). */
const JITTER_MS = 30_000;

/** A key that is in its managed secret, as `AWSPENDING`. */
export type StoredIssue = IssuedKey &
  Readonly<{ versionId: string; usableFrom: string; previousKeyExpiresAt: string; mayEndAt?: string }>;

type Try =
  | Readonly<{ kind: 'issued'; issued: StoredIssue }>
  | Readonly<{ kind: 'duplicate'; rotationId: string }>
  /** `isRefused`: another rotation is in the way, and time ends that. `isRejected`: by Adyen, and perhaps for good. */
  | Readonly<{ kind: 'again'; code: string; until: string; isRefused?: true; isRejected?: true }>
  | Readonly<{ kind: 'ended'; code: string }>;

export type IssueResult = Extract<Try, { kind: 'issued' | 'duplicate' }>;

/** What a key is issued for: an event, or an order of Keyturn itself. */
export type IssueRequest = Omit<RotateInput, 'kind'> &
  Readonly<{
    /** Whether it replaces a dead key: then each minute counts. */
    isHeal?: boolean;
  }>;

/**
 * The request for a key that Keyturn needs itself, whether the overlap has ended or not.
 *
 * @param id one for each need: the same one again is the same rotation
 */
export function ownRequest(id: string, credential: ApiCredential, reason: string): IssueRequest {
  return { eventId: id, source: KEYTURN, credential, request: { reason, force: true } };
}

export type IssueKey = (asked: IssueRequest, durable: Durable) => Promise<IssueResult>;

/**
 * Makes the first part of the workflow: one key for one event, in its managed secret. Whatever time can end is waited out:
 * a running rotation, a quarantine, an overlap, an outage, an unknown outcome. Throws `WorkflowFailed` if the rotation is
 * rejected for good, or after three days. `duplicate`: another execution has rotated for the same event.
 */
export function createIssueKey(deps: {
  rotate: Rotate;
  newId: () => string;
  now: Clock;
  /** From 0 to 1. */
  random: () => number;
  metrics: Metrics;
}): IssueKey {
  const { rotate, newId, now, random, metrics } = deps;

  return async (asked, durable) => {
    const { eventId } = asked;
    const giveUpAt = await durable.step(`give up ${eventId}`, async () => now() + PATIENCE_MS);
    let rejected = 0;
    for (let turn = 1; ; turn += 1) {
      // Checkpointed before it is used: a step that is repeated knows the rotation that it has begun.
      const rotationId = await durable.step(`id ${turn} ${eventId}`, async () => newId());
      const outcome = await durable.step(`rotate ${turn} ${eventId}`, () =>
        tryOnce(asked, rotationId, { turn, rejected }, durable),
      );
      switch (outcome.kind) {
        case 'issued':
        case 'duplicate':
          return outcome;
        case 'ended':
          throw new WorkflowFailed(outcome.code, `no key was issued: ${outcome.code}`);
        case 'again':
          if (outcome.isRejected) rejected += 1;
          if (!outcome.isRefused && Date.parse(outcome.until) > giveUpAt) {
            throw new WorkflowFailed(
              outcome.code,
              `no key was issued in ${turn} tries; the last: ${outcome.code}`,
            );
          }
          await durable.waitUntil(`${outcome.code} ${turn} ${eventId}`, outcome.until);
      }
    }
  };

  async function tryOnce(
    asked: IssueRequest,
    rotationId: string,
    { turn, rejected }: { turn: number; rejected: number },
    durable: Durable,
  ): Promise<Try> {
    const { eventId, source, credential, request, isHeal = false } = asked;
    const pause = pauseAfter(turn);
    let result: RotateResult;
    try {
      result = await rotate({
        rotationId,
        credential,
        request,
        requestedBy: { source: 'event', subject: source },
        requestId: eventId,
        idempotencyKey: idempotencyKeyOf(asked),
        isHeal,
        keyGoesTo: 'secret',
        invocationEndsAt: durable.invocationEndsAt(),
      });
    } catch (error) {
      // Nothing was begun. What is missing must be fixed by a person; an outage ends.
      if (error instanceof Unavailable) return again(error.code, now() + pause);
      if (error instanceof ManagedSecretError && !error.isMissing) {
        return again('managed-secret-unavailable', now() + pause);
      }
      throw error;
    }
    countRotation(metrics, result);
    switch (result.kind) {
      case 'issued':
        return { kind: 'issued', issued: storedBy(result.rotation) };
      case 'no-key':
        // A key may have been made after all: as after an unknown outcome.
        return again('no-key', now() + Math.max(pause, OVERTAKES_MS));
      case 'replayed':
        return afterReplay(result.rotation, rotationId, pause);
      case 'failed':
        return afterFailure(result.rotation, asked, pause, rejected);
      case 'refused': {
        const { refusal } = result;
        return 'until' in refusal
          ? { ...again(refusal.code, Date.parse(refusal.until)), isRefused: true }
          : { kind: 'ended', code: refusal.code };
      }
    }
  }

  function afterReplay(rotation: SucceededRotation | FailedRotation, rotationId: string, pause: number): Try {
    if (rotation.status === 'failed') return { kind: 'ended', code: rotation.code };
    if (!rotation.key) return again('no-key', now() + Math.max(pause, OVERTAKES_MS));
    if (rotation.id !== rotationId) return { kind: 'duplicate', rotationId: rotation.id };
    return { kind: 'issued', issued: storedBy(rotation) };
  }

  function afterFailure(
    rotation: FailedRotation | UnknownRotation,
    { source, isHeal = false }: IssueRequest,
    pause: number,
    rejectedBefore: number,
  ): Try {
    if (rotation.status === 'unknown') {
      const quarantineEnds = Date.parse(rotation.quarantinedUntil);
      // The key in use has at least 24 hours, unless it is dead.
      const safe = isHeal ? quarantineEnds : Date.parse(rotation.completedAt) + OVERTAKES_MS;
      return again(rotation.code ?? 'unknown', Math.max(quarantineEnds, safe, now() + pause));
    }
    const { code, retryAfter = DEFAULT_RETRY_AFTER_S } = rotation;
    if (isTemporary(code)) return again(code, now() + Math.max(retryAfter * 1000, pause));
    if (source !== KEYTURN || rejectedBefore >= MAX_REJECTED) return { kind: 'ended', code };
    return { ...again(code, now() + pauseAfter(rejectedBefore + 1)), isRejected: true };
  }

  function again(code: string, at: number): Extract<Try, { kind: 'again' }> {
    return { kind: 'again', code, until: toTimestamp(at + Math.ceil(random() * JITTER_MS)) };
  }
}

/** The pause (ms) after so many tries. */
function pauseAfter(tries: number): number {
  return Math.min(OUTAGE_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
}

/** What the workflow must know of an issued key. Throws an error if the rotation stored none in a managed secret. */
export function storedBy(rotation: SucceededRotation): StoredIssue {
  const { key } = rotation;
  const version = storedVersionOf(rotation);
  if (!key || !version) {
    throw new Error(`rotation ${rotation.id} stored no key in a managed secret`);
  }
  const { fingerprint: _fingerprint, ...times } = key;
  return { ...issuedKeyOf(rotation), versionId: version.versionId, ...times };
}
