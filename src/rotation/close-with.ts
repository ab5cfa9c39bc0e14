import type { GenerateApiKeyResult } from '../adyen/generate-api-key.ts';
import type { Secret } from '../secret.ts';
import type { StoredKey } from '../secrets-manager/managed-secret.ts';
import { fingerprint } from './fingerprint.ts';
import type {
  ClosedRotation,
  FailedRotation,
  KeptKey,
  RefusedEventCode,
  StartedRotation,
  SucceededRotation,
  UnknownRotation,
} from './rotation.ts';
import type { Retention, RotationRules } from './rules.ts';
import { seal } from './seal.ts';

/** How long a key goes on working after the next one was generated (Adyen Management API v3: 24 hours). */
const PREVIOUS_KEY_LIFE_MS = 24 * 60 * 60 * 1000;

/** No key is in the hands of a function for longer (ms) before it is stored. */
const MOST_IN_HAND_MS = 60_000;

/** What a rotation came to: what the upstream call did, or a key that it gave and that nobody has got. */
export type Outcome =
  | GenerateApiKeyResult
  | Readonly<{ kind: 'undelivered'; report: GenerateApiKeyResult['report'] }>;

/**
 * Ends a started rotation with what it came to.
 *
 * @param secret where the key was put, for a credential with a managed secret
 */
export function closeWith(
  started: StartedRotation,
  result: Outcome,
  now: number,
  rules: RotationRules & Retention,
  secret?: KeptKey,
): ClosedRotation {
  const completedAt = isoTime(now);
  const end = { ...ending(now, rules), upstream: result.report };
  switch (result.kind) {
    case 'key':
      return seal({
        ...withEvent(started, completedAt, 'succeeded', secret && keptDetail(secret)),
        ...end,
        status: 'succeeded',
        key: keyTimes(result.apiKey, now, now, rules),
        ...(secret && { secret }),
      });
    case 'no-content':
      return seal({
        ...withEvent(started, completedAt, 'succeeded', 'the upstream gave no key'),
        ...end,
        status: 'succeeded',
      });
    case 'refused':
      return seal({
        ...withEvent(started, completedAt, 'failed', result.code),
        ...end,
        status: 'failed',
        code: result.code,
        ...(result.retryAfter !== undefined && { retryAfter: result.retryAfter }),
      });
    case 'uncertain':
      return unknown(result.code);
    case 'undelivered':
      return unknown('key-undelivered');
  }

  function unknown(code: NonNullable<UnknownRotation['code']>): UnknownRotation {
    return seal({
      ...withEvent(started, completedAt, 'unknown', code),
      ...end,
      status: 'unknown',
      code,
      quarantinedUntil: isoTime(now + rules.quarantineMs),
    });
  }
}

/**
 * Ends a started rotation whose key was found stored, put there by a function that is gone. Nobody knows how long
 * before that the key was made: each time is the one that errs on the safe side.
 */
export function recover(
  started: StartedRotation,
  { apiKey, version, storedAt }: StoredKey,
  now: number,
  rules: Pick<RotationRules, 'propagationMs'> & Retention,
): SucceededRotation {
  const earliest = Math.min(storedAt, Date.parse(started.requestedAt)) - MOST_IN_HAND_MS;
  return seal({
    ...withEvent(started, isoTime(now), 'succeeded', 'the key was found stored'),
    ...ending(now, rules),
    status: 'succeeded',
    key: keyTimes(apiKey, earliest, now, rules),
    secret: version,
  });
}

/**
 * Ends a started rotation whose function is gone. Its call, if it was made at all, left before the lease ended:
 * the quarantine counts from there, however late the rotation was found.
 */
export function abandon(
  started: StartedRotation,
  now: number,
  rules: Pick<RotationRules, 'quarantineMs'> & Retention,
  detail = 'found past its lease',
): UnknownRotation {
  return seal({
    ...withEvent(started, isoTime(now), 'unknown', detail),
    ...ending(now, rules),
    status: 'unknown',
    quarantinedUntil: isoTime(Date.parse(started.leaseExpiresAt) + rules.quarantineMs),
  });
}

/**
 * Ends what an event asked for and may not have: a rotation in the audit only, which nobody has started.
 *
 * @param quarantinedUntil the quarantine of the rotation before: a refusal does not end it
 */
export function refuse(
  asked: StartedRotation,
  code: RefusedEventCode,
  now: number,
  retention: Retention,
  quarantinedUntil?: string,
): FailedRotation {
  return seal({
    ...withEvent({ ...asked, timeline: [] }, isoTime(now), 'failed', code),
    ...ending(now, retention),
    status: 'failed',
    code,
    ...(quarantinedUntil !== undefined && { quarantinedUntil }),
  });
}

function keyTimes(
  apiKey: Secret,
  earliest: number,
  latest: number,
  { propagationMs }: Pick<RotationRules, 'propagationMs'>,
) {
  return {
    fingerprint: fingerprint(apiKey),
    usableFrom: isoTime(latest + propagationMs),
    previousKeyExpiresAt: isoTime(earliest + PREVIOUS_KEY_LIFE_MS),
  };
}

function keptDetail(secret: KeptKey): string {
  return 'error' in secret ? 'the key was not stored' : 'the key was stored';
}

/** When a rotation ended, and until when its record is kept: to the second, as DynamoDB's TTL counts. */
function ending(now: number, { retentionMs }: Retention) {
  const completedAt = isoTime(now);
  if (retentionMs === undefined) return { completedAt };
  return { completedAt, expiresAt: isoTime(Math.ceil((now + retentionMs) / 1000) * 1000) };
}

function withEvent(started: StartedRotation, at: string, event: ClosedRotation['status'], detail?: string) {
  const entry = { at, event, ...(detail !== undefined && { detail }) };
  return { ...started, timeline: [...started.timeline, entry] };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
