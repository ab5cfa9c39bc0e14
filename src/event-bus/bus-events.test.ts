import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aSucceeded, credential } from '../../test/support/rotations.ts';
import { anchorOf } from '../rotation/anchor.ts';
import { BUS_EVENTS, type BusEvent } from '../rotation/lifecycle.ts';
import type { ClosedRotation } from '../rotation/rotation.ts';
import { append, seal } from '../rotation/seal.ts';
import { BUS_EVENT_DEFINITIONS, detailOf, isBusEvent } from './bus-events.ts';

const stored = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;
const { chain: _chain, ...unsealed } = aSucceeded({ reason: 'quarterly', secret: stored });
const issued = seal(unsealed);
const later = (event: string) =>
  append(append(issued, { at: '2026-11-23T12:05:01.000Z', event: 'verified' }), {
    at: '2026-11-23T12:06:00.000Z',
    event,
    detail: 'GET /me answered 401',
  });
const { key: _key, ...noKey } = aSucceeded();
const { code: _code, ...abandoned } = anUnknown();

const about = {
  rotationId: issued.id,
  credential,
  number: 1,
  requestedAt: '2026-11-23T12:00:00.000Z',
  requestedBy: { source: 'http', subject: 'local-app' },
  requestId: 'gateway-request-1',
  completedAt: '2026-11-23T12:00:01.000Z',
};
const key = {
  reason: 'quarterly',
  keyFingerprint: 'sha256:9f2c000000000000',
  usableFrom: '2026-11-23T12:05:01.000Z',
  previousKeyExpiresAt: '2026-11-24T12:00:01.000Z',
  secret: { arn: 'arn:one', versionId: 'version' },
};

const examples: [BusEvent, string, ClosedRotation, object][] = [
  ['ApiKeyIssued', 'that has stored a key', issued, key],
  [
    'ApiKeyRotated',
    'whose key was promoted',
    later('promoted'),
    { ...key, promotedAt: '2026-11-23T12:06:00.000Z', anchor: anchorOf(later('promoted')) },
  ],
  [
    'ApiKeyRotationStalled',
    'whose key never worked',
    later('stalled'),
    { ...key, stalledAt: '2026-11-23T12:06:00.000Z' },
  ],
  [
    'ApiKeyHealed',
    'whose key has replaced a dead one',
    later('healed'),
    { ...key, healedAt: '2026-11-23T12:06:00.000Z' },
  ],
  [
    'ApiKeyDisplaced',
    'whose key no longer works',
    later('displaced'),
    { ...key, displacedAt: '2026-11-23T12:06:00.000Z' },
  ],
  [
    'ApiKeyRolledBack',
    'from whose key an operator went back',
    later('rolled-back'),
    { ...key, rolledBackAt: '2026-11-23T12:06:00.000Z' },
  ],
  ['ApiKeyRotationFailed', 'that has failed', aFailed(), { code: 'upstream-validation' }],
  ['ApiKeyRotationFailed', 'that was refused', aFailed({ code: 'forbidden' }), { code: 'forbidden' }],
  ['ApiKeyRotationFailed', 'that gave no key', noKey, { code: 'no-key' }],
  [
    'ApiKeyRotationUnknown',
    'whose outcome is unknown',
    anUnknown(),
    { code: 'upstream-timeout', quarantinedUntil: '2026-11-23T12:02:01.000Z' },
  ],
  [
    'ApiKeyRotationUnknown',
    'that was found past its lease',
    abandoned,
    { quarantinedUntil: '2026-11-23T12:02:01.000Z' },
  ],
];

describe('the detail of', () => {
  it.each(examples)('%s describes a rotation %s', (event, _what, rotation, more) => {
    expect(detailOf(event, rotation)).toEqual({ ...about, ...more });
  });

  it.each(examples)('%s matches its schema for a rotation %s', (event, _what, rotation) => {
    const detail = JSON.parse(JSON.stringify(detailOf(event, rotation)));
    expect(v.safeParse(BUS_EVENT_DEFINITIONS[event].schema, detail).issues).toBeUndefined();
  });

  it.each(examples)('%s contains nothing internal for a rotation %s', (event, _what, rotation) => {
    const detail = JSON.stringify(
      // Fields that must not be published, even if a record holds them.
      detailOf(event, { ...rotation, ...{ apiKey: 'AQEnew' }, idempotencyHash: 'hash' }),
    );
    for (const internal of ['AQE', 'hash', '127.0.0.1', 'GET /me', 'durationMs'])
      expect(detail).not.toContain(internal);
  });

  it('every event is tested here', () => {
    const tested = [...examples.map(([event]) => event), 'ApiKeySwitchOverdue'];
    expect(new Set(tested)).toEqual(new Set(BUS_EVENTS));
  });

  const consumer = {
    consumerId: 'batch',
    keyFingerprint: 'sha256:0000000000000001',
    since: '2026-11-01T00:00:00.000Z',
  };
  const late = { ...consumer, rotationNumber: 1, acknowledgedAt: '2026-11-23T11:00:00.000Z' };

  it.each<[string, ClosedRotation, object]>([
    ['in a managed secret', issued, key],
    ['of its caller', aSucceeded({ reason: 'quarterly' }), { ...key, secret: undefined }],
  ])('ApiKeySwitchOverdue names the consumers that are late, of a key %s', (_whose, rotation, more) => {
    const detail = detailOf('ApiKeySwitchOverdue', rotation, [late]);
    expect(detail).toEqual({ ...about, ...more, consumers: [consumer] });
  });

  it('ApiKeySwitchOverdue names at most 100 consumers, and says so', () => {
    const detail = detailOf('ApiKeySwitchOverdue', issued, Array(101).fill(late));
    expect(detail).toMatchObject({ consumers: Array(100).fill(consumer), hasMoreConsumers: true });
  });

  it('ApiKeySwitchOverdue cannot be made without a consumer', () => {
    expect(() => detailOf('ApiKeySwitchOverdue', issued)).toThrow(v.ValiError);
  });

  it('ApiKeyRotated has the time of the newest promotion', () => {
    const again = append(later('promoted'), { at: '2026-11-23T12:07:00.000Z', event: 'promoted' });
    expect(detailOf('ApiKeyRotated', again)).toMatchObject({ promotedAt: '2026-11-23T12:07:00.000Z' });
  });

  it.each<[BusEvent, string, ClosedRotation]>([
    ['ApiKeyIssued', 'that has failed', aFailed()],
    ['ApiKeyIssued', 'whose outcome is unknown', anUnknown()],
    ['ApiKeyIssued', 'without a key', { ...noKey, secret: stored }],
    ['ApiKeyIssued', 'without a managed secret', aSucceeded()],
    ['ApiKeyIssued', 'whose key is not stored', aSucceeded({ secret: { id: 'one', error: 'not-stored' } })],
    ['ApiKeyRotated', 'whose key was not promoted', later('stalled')],
    ['ApiKeyRotationStalled', 'whose key was promoted', later('promoted')],
    ['ApiKeyDisplaced', 'whose key was promoted', later('promoted')],
    ['ApiKeyRotationFailed', 'that has given a key', issued],
    ['ApiKeyRotationFailed', 'whose outcome is unknown', anUnknown()],
    ['ApiKeyRotationUnknown', 'that has succeeded', issued],
    ['ApiKeyRotationUnknown', 'that has failed', aFailed()],
  ])('%s cannot be made for a rotation %s', (event, _what, rotation) => {
    expect(() => detailOf(event, rotation)).toThrow(v.ValiError);
  });
});

it('an event of Keyturn is recognised by its name', () => {
  expect(BUS_EVENTS.every(isBusEvent)).toBe(true);
  expect(['RotateApiKey', 'apikeyissued', ''].some(isBusEvent)).toBe(false);
});
