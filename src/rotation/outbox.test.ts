import { describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aSucceeded, NOON, rules } from '../../test/support/rotations.ts';
import { promotionDue, withOutbox } from './outbox.ts';
import type { ClosedRotation, Requester } from './rotation.ts';
import { isAsSealed, seal } from './seal.ts';

const http: Requester = { source: 'http', subject: 'local-app' };
const event: Requester = { source: 'event', subject: 'ops.keys' };
const secretsManager: Requester = { source: 'secrets-manager', subject: 'arn:one' };

const AT_ONCE = '2026-11-23T12:00:00.000Z';
/** The propagation, the hour for which the workflow asks, and a quarter of an hour. */
const LATER = '2026-11-23T13:20:00.000Z';

const secret = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;
const stored = (requestedBy: Requester) => aSucceeded({ requestedBy, secret });
const notStored = (requestedBy: Requester) =>
  aSucceeded({ requestedBy, secret: { id: 'one', error: 'not-stored' } });
const noKey = (requestedBy: Requester) => {
  const { key: _key, ...rotation } = aSucceeded({ requestedBy });
  return rotation;
};
const failed = (requestedBy: Requester) => aFailed({ requestedBy });
const unknown = (requestedBy: Requester) => anUnknown({ requestedBy });

describe('the end of a rotation', () => {
  it.each<[string, ClosedRotation, string, string]>([
    ['a key that is stored, for a caller', stored(http), 'ApiKeyIssued', AT_ONCE],
    ['a key that is stored, for an event', stored(event), 'ApiKeyIssued', LATER],
    ['a key that is stored, for Secrets Manager', stored(secretsManager), 'ApiKeyIssued', LATER],
    ['no key, for a caller', noKey(http), 'ApiKeyRotationFailed', AT_ONCE],
    ['no key, for an event', noKey(event), 'ApiKeyRotationFailed', AT_ONCE],
    ['a failure, for a caller', failed(http), 'ApiKeyRotationFailed', AT_ONCE],
    ['a failure, for an event', failed(event), 'ApiKeyRotationFailed', AT_ONCE],
    ['a failure, for Secrets Manager', failed(secretsManager), 'ApiKeyRotationFailed', AT_ONCE],
    ['an unknown outcome, for a caller', unknown(http), 'ApiKeyRotationUnknown', AT_ONCE],
    ['an unknown outcome, for an event', unknown(event), 'ApiKeyRotationUnknown', AT_ONCE],
  ])('with a managed secret and %s calls for its event', (_what, rotation, name, dueAt) => {
    expect(withOutbox(rotation, NOON, true, rules)).toEqual({ ...rotation, outbox: { event: name, dueAt } });
  });

  it('calls for none where a caller has the key and nothing else does', () => {
    expect(withOutbox(notStored(http), NOON, true, rules)).not.toHaveProperty('outbox');
    expect(withOutbox(aSucceeded(), NOON, true, rules)).not.toHaveProperty('outbox');
  });

  it.each([stored, notStored, noKey, failed, unknown])(
    'calls for none without a managed secret, where a caller has an answer (%#)',
    (make) => {
      expect(withOutbox(make(http), NOON, false, rules)).toEqual(make(http));
    },
  );

  it('calls for its event without a managed secret too, where an event has asked for it', () => {
    const refused = aFailed({ requestedBy: event, code: 'no-managed-secret' });
    const outbox = { event: 'ApiKeyRotationFailed', dueAt: AT_ONCE };
    expect(withOutbox(refused, NOON, false, rules)).toEqual({ ...refused, outbox });
  });

  it('is sealed the same, whatever it calls for', () => {
    const { chain: _chain, ...unsealed } = stored(http);
    expect(isAsSealed(withOutbox(seal(unsealed), NOON, true, rules))).toBe(true);
  });
});

it('a key is taken up again only when its workflow must have come to its end', () => {
  expect(promotionDue(NOON, rules)).toBe(LATER);
  expect(Date.parse(LATER)).toBeGreaterThan(NOON + rules.propagationMs + rules.verificationMs);
});
