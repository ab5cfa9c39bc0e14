import type { GenerateApiKeyResult } from '../adyen/generate-api-key.ts';
import { seal } from './chain.ts';
import { fingerprint } from './fingerprint.ts';
import type { ClosedRotation, StartedRotation, UnknownRotation } from './rotation.ts';
import type { Retention, RotationRules } from './rules.ts';

/** How long a key goes on working after the next one was generated (Adyen Management API v3: 24 hours). */
const PREVIOUS_KEY_LIFE_MS = 24 * 60 * 60 * 1000;

/** Ends a started rotation with what the upstream call came to. */
export function settle(
  started: StartedRotation,
  result: GenerateApiKeyResult,
  now: number,
  rules: RotationRules & Retention,
): ClosedRotation {
  const completedAt = isoTime(now);
  const end = { ...ending(now, rules), upstream: result.report };
  switch (result.kind) {
    case 'key':
      return seal({
        ...withEvent(started, completedAt, 'succeeded'),
        ...end,
        status: 'succeeded',
        key: {
          fingerprint: fingerprint(result.apiKey),
          usableFrom: isoTime(now + rules.propagationMs),
          previousKeyExpiresAt: isoTime(now + PREVIOUS_KEY_LIFE_MS),
        },
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
      return seal({
        ...withEvent(started, completedAt, 'unknown', result.code),
        ...end,
        status: 'unknown',
        code: result.code,
        quarantinedUntil: isoTime(now + rules.quarantineMs),
      });
  }
}

/**
 * Ends a started rotation that was found past its lease. Its call, if it was made at all, left before the lease
 * ended: the quarantine counts from there, however late the rotation was found.
 */
export function abandon(
  started: StartedRotation,
  now: number,
  rules: Pick<RotationRules, 'quarantineMs'> & Retention,
): UnknownRotation {
  return seal({
    ...withEvent(started, isoTime(now), 'unknown', 'found past its lease'),
    ...ending(now, rules),
    status: 'unknown',
    quarantinedUntil: isoTime(Date.parse(started.leaseExpiresAt) + rules.quarantineMs),
  });
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
