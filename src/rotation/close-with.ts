import type { Secret } from '../secret.ts';
import { fingerprint } from './api-key.ts';
import { KEY_LIFE_MS } from './carry.ts';
import type { RefusedEventCode, UnknownCode } from './failure-codes.ts';
import { type ClosingEvent, LIFECYCLE } from './lifecycle.ts';
import type { GenerateApiKeyOutcome, StoredKey } from './ports.ts';
import type {
  ClosedRotation,
  FailedRotation,
  KeptKey,
  StartedRotation,
  SucceededRotation,
  UnknownRotation,
  UpstreamReport,
} from './rotation.ts';
import { type ClosingRules, quarantineAfterLease } from './rules.ts';
import { seal } from './seal.ts';
import { toTimestamp } from './timestamp.ts';

/** The longest (ms) that a function holds a key before it is stored. */
const MOST_IN_HAND_MS = 60_000;

/** What a rotation came to: the outcome of the call, or a key that was made and reached neither caller nor secret. */
export type Outcome = GenerateApiKeyOutcome | Readonly<{ kind: 'undelivered'; report: UpstreamReport }>;

/** A rotation that has ended, with its seal, and the event in its life that ended it. */
export type Closing<R extends ClosedRotation = ClosedRotation> = Readonly<{
  event: ClosingEvent;
  rotation: R;
}>;

/**
 * Ends a started rotation with its outcome.
 *
 * @param now ms since the epoch
 * @param secret where the key was put, for a credential with a managed secret
 */
export function closeWith(
  started: StartedRotation,
  outcome: Outcome,
  now: number,
  rules: ClosingRules,
  secret?: KeptKey,
): Closing {
  const end = { ...ending(now, rules), upstream: outcome.report };
  switch (outcome.kind) {
    case 'key': {
      const event = keyEvent(started, secret);
      const rotation = seal({
        ...after(started, event, now, secret && keptDetail(secret)),
        ...end,
        key: keyTimes(started, outcome.apiKey, Date.parse(started.requestedAt), now, rules),
        ...(secret && { secret }),
        ...((!secret || 'error' in secret) && { delivery: 'unconfirmed' as const }),
      });
      return { event, rotation };
    }
    case 'no-content': {
      const event = 'no-key';
      return { event, rotation: seal({ ...after(started, event, now, 'the upstream gave no key'), ...end }) };
    }
    case 'rejected': {
      const event = 'failed';
      const { code, retryAfter } = outcome;
      const rotation = seal({
        ...after(started, event, now, code),
        ...end,
        code,
        ...(retryAfter !== undefined && { retryAfter }),
      });
      return { event, rotation };
    }
    case 'uncertain':
      return unknown(outcome.code);
    case 'undelivered':
      return unknown('key-undelivered');
  }

  function unknown(code: UnknownCode): Closing<UnknownRotation> {
    const event = 'unknown';
    const quarantinedUntil = toTimestamp(now + rules.quarantineMs);
    return { event, rotation: seal({ ...after(started, event, now, code), ...end, code, quarantinedUntil }) };
  }
}

/**
 * Ends a started rotation whose key was found stored, by a function that is gone. When the key was made is unknown:
 * each time is the one that errs on the safe side.
 *
 * @param now ms since the epoch
 */
export function recover(
  started: StartedRotation,
  { apiKey, version, storedAt }: StoredKey,
  now: number,
  rules: ClosingRules,
): Closing<SucceededRotation> {
  const event = keyEvent(started, version);
  const earliest = Math.min(storedAt, Date.parse(started.requestedAt)) - MOST_IN_HAND_MS;
  const rotation = seal({
    ...after(started, event, now, 'the key was found stored'),
    ...ending(now, rules),
    key: keyTimes(started, apiKey, earliest, now, rules),
    secret: version,
  });
  return { event, rotation };
}

/**
 * Ends a started rotation whose function is gone. The quarantine counts from the end of its lease, however late it was
 * found.
 *
 * @param now ms since the epoch
 */
export function abandon(
  started: StartedRotation,
  now: number,
  rules: ClosingRules,
  detail = 'found past its lease',
): Closing<UnknownRotation> {
  const event = 'unknown';
  const quarantinedUntil = quarantineAfterLease(started, rules);
  const rotation = seal({
    ...after(started, event, now, detail),
    ...ending(now, rules),
    quarantinedUntil,
  });
  return { event, rotation };
}

/**
 * The record of an event that was refused: it takes a number and has never started.
 *
 * @param now ms since the epoch
 * @param quarantinedUntil the quarantine of the previous rotation: a refusal does not end it
 */
export function refuse(
  requested: StartedRotation,
  code: RefusedEventCode,
  now: number,
  rules: ClosingRules,
  quarantinedUntil?: string,
): FailedRotation {
  const { to: status, entry } = LIFECYCLE.refused;
  return seal({
    ...requested,
    status,
    timeline: [{ at: toTimestamp(now), event: entry, detail: code }],
    ...ending(now, rules),
    code,
    ...(quarantinedUntil !== undefined && { quarantinedUntil }),
  });
}

/** An HTTP rotation leaves its stored key to the workflow. An event and Secrets Manager go on by themselves. */
function keyEvent({ requestedBy }: StartedRotation, secret: KeptKey | undefined) {
  if (!secret) return 'key-returned';
  if ('error' in secret) return 'key-not-stored';
  return requestedBy.source === 'http' ? 'key-stored' : 'key-stored-in-workflow';
}

/** The rotation in the state that the event makes, with the entry that it adds. */
function after<E extends ClosingEvent>(started: StartedRotation, event: E, now: number, detail?: string) {
  const { to: status, entry }: { to: (typeof LIFECYCLE)[E]['to']; entry: string } = LIFECYCLE[event];
  const added = { at: toTimestamp(now), event: entry, ...(detail !== undefined && { detail }) };
  return { ...started, status, timeline: [...started.timeline, added] };
}

/**
 * @param earliest when the key was made at the earliest (ms since the epoch)
 * @param latest when it was made at the latest
 */
function keyTimes(
  { requestedAt, keyInUseRetiredAt, lateCallUntil }: StartedRotation,
  apiKey: Secret,
  earliest: number,
  latest: number,
  { propagationMs }: ClosingRules,
) {
  const retiredAt = Math.min(earliest, Date.parse(keyInUseRetiredAt ?? requestedAt));
  const mayBeRetired = lateCallUntil !== undefined && Date.parse(lateCallUntil) > Date.parse(requestedAt);
  return {
    fingerprint: fingerprint(apiKey),
    usableFrom: toTimestamp(latest + propagationMs),
    previousKeyExpiresAt: toTimestamp(retiredAt + KEY_LIFE_MS),
    ...(mayBeRetired && { mayEndAt: toTimestamp(earliest + KEY_LIFE_MS) }),
  };
}

function keptDetail(secret: KeptKey): string {
  return 'error' in secret ? 'the key was not stored' : 'the key was stored';
}

/** When a rotation ended, and until when its record is kept: to the second, as DynamoDB's TTL counts. */
function ending(now: number, { retentionMs }: ClosingRules) {
  const completedAt = toTimestamp(now);
  if (retentionMs === undefined) return { completedAt };
  return { completedAt, expiresAt: toTimestamp(Math.ceil((now + retentionMs) / 1000) * 1000) };
}
