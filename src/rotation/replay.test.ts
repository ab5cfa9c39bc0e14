import { describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aStarted, aSucceeded, NOON } from '../../test/support/rotations.ts';
import { FAILURE_CODES, PERMANENT_FAILURE_CODES } from './failure-codes.ts';
import { replayOf } from './replay.ts';
import type { Requester, Rotation } from './rotation.ts';

const DAY_MS = 86_400_000;
const secretsManager: Requester = { source: 'secrets-manager', subject: 'arn:one' };
const { key: _key, ...noKey } = aSucceeded();

/** The same command again, a minute later. */
const again = (earlier: Rotation, now = NOON + 60_000) => replayOf(earlier, { force: false }, now);

describe('the same idempotency key', () => {
  it.each<[string, Rotation]>([
    ['a key', aSucceeded()],
    ['no key', noKey],
    ...PERMANENT_FAILURE_CODES.map((code): [string, Rotation] => [code, aFailed({ code })]),
    ['forbidden', aFailed({ code: 'forbidden' })],
  ])('gets the same result again: %s', (_what, earlier) => {
    expect(again(earlier)).toEqual({ kind: 'replayed', rotation: earlier });
  });

  it.each<[string, Rotation]>([
    ['was throttled', aFailed({ code: 'upstream-throttled' })],
    ['did not reach Adyen', aFailed({ code: 'upstream-unreachable' })],
    ['has an unknown outcome', anUnknown()],
    ['is past its lease', aStarted()],
  ])('starts a new rotation if the earlier rotation %s', (_what, earlier) => {
    expect(again(earlier)).toBeUndefined();
  });

  it('is refused while its rotation runs', () => {
    const running = aStarted();
    expect(again(running, NOON + 59_999)).toEqual({
      kind: 'refused',
      refusal: { code: 'rotation-in-progress', until: running.leaseExpiresAt, rotationId: running.id },
    });
  });

  it('is forgotten after exactly 24 hours', () => {
    expect(again(aSucceeded(), NOON + DAY_MS - 1)).toMatchObject({ kind: 'replayed' });
    expect(again(aSucceeded(), NOON + DAY_MS)).toBeUndefined();
  });

  it.each([
    ['another reason', { reason: 'another', force: false }],
    ['no reason', { force: false }],
    ['force', { reason: 'quarterly', force: true }],
  ])('is refused for a different request: %s', (_what, command) => {
    const earlier = aSucceeded({ reason: 'quarterly' });
    expect(replayOf(earlier, command, NOON)).toEqual({
      kind: 'refused',
      refusal: { code: 'idempotency-key-reused', rotationId: earlier.id },
    });
  });
});

describe('the same token of Secrets Manager', () => {
  it.each(FAILURE_CODES)(
    'starts a new rotation after %s, since Secrets Manager retries until the cause is fixed',
    (code) => {
      expect(again(aFailed({ code, requestedBy: secretsManager }))).toBeUndefined();
    },
  );

  it('gets the key of its rotation again, and not another key', () => {
    const earlier = aSucceeded({ requestedBy: secretsManager });
    expect(again(earlier)).toEqual({ kind: 'replayed', rotation: earlier });
  });

  it('is refused while its rotation runs', () => {
    expect(again(aStarted({ requestedBy: secretsManager }), NOON)).toMatchObject({
      refusal: { code: 'rotation-in-progress' },
    });
  });
});
