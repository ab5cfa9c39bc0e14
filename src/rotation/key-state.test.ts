import { describe, expect, it } from 'vitest';
import {
  aFailed,
  anUnknown,
  aStarted,
  aSucceeded,
  credential,
  NOON,
  rules as rotationRules,
} from '../../test/support/rotations.ts';
import type { Consumer } from './consumers.ts';
import { findIssuedKeys, type IssuedRotation } from './issued-keys.ts';
import { type KeyRecords, type Labels, labelsByRecords, stateOf } from './key-state.ts';
import type { Rotation, SucceededRotation } from './rotation.ts';
import { append } from './seal.ts';
import { toTimestamp } from './timestamp.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const at = (ms: number) => toTimestamp(NOON + ms);

/** The record of a key that was made some time after noon. */
function issuedAt(ms: number, fields: Partial<SucceededRotation> = {}): IssuedRotation {
  const { number = 1 } = fields;
  const key = {
    fingerprint: `sha256:${number}`,
    usableFrom: at(ms + 5 * MINUTE_MS),
    previousKeyExpiresAt: at(ms + DAY_MS),
  };
  const completedAt = at(ms);
  return { ...aSucceeded({ id: `id-${number}`, requestedAt: at(ms), completedAt, ...fields }), key };
}
const storedAs = (versionId: string) => ({ secret: { arn: 'arn', versionId, stage: 'AWSPENDING' } as const });
const withEntry = (rotation: IssuedRotation, event: string, ms: number): IssuedRotation =>
  append(rotation, { at: at(ms), event, detail: 'GET /me' }) as IssuedRotation; // The key stays.

const { minIntervalMs, quarantineMs } = rotationRules;
function state(
  records: Partial<KeyRecords>,
  {
    ms = 0,
    labels,
    maxAgeMs,
    consumers = [],
  }: { ms?: number; labels?: Labels; maxAgeMs?: number; consumers?: readonly Consumer[] } = {},
) {
  const all: KeyRecords = { newest: records.keys?.[0], keys: [], ...records };
  return stateOf(credential, all, labels, consumers, NOON + ms, { minIntervalMs, quarantineMs, maxAgeMs });
}

describe('a key without a managed secret is', () => {
  const keys = [issuedAt(0)];

  it('pending until it is usable, while the previous key is in use', () => {
    const both = [issuedAt(0, { number: 2 }), issuedAt(-2 * DAY_MS)];
    expect(state({ keys: both }, { ms: MINUTE_MS })).toMatchObject({
      state: 'pending',
      pendingKey: { keyFingerprint: 'sha256:2', usableFrom: at(5 * MINUTE_MS) },
      keyInUse: {
        keyFingerprint: 'sha256:1',
        endsAt: at(DAY_MS),
        ageSeconds: (2 * DAY_MS + MINUTE_MS) / 1000,
      },
    });
  });

  it('in the overlap until the previous key ends', () => {
    expect(state({ keys }, { ms: DAY_MS - 1 })).toMatchObject({
      state: 'overlap',
      keyInUse: { keyFingerprint: 'sha256:1', rotationId: 'id-1', since: at(5 * MINUTE_MS) },
      previousKeyExpiresAt: at(DAY_MS),
      overlap: { until: at(DAY_MS) },
    });
  });

  it('ok after that', () => {
    const { state: name, overlap, quarantine } = state({ keys }, { ms: DAY_MS });
    expect([name, overlap, quarantine]).toEqual(['ok', undefined, undefined]);
  });

  it('pending while another rotation runs, and says until when', () => {
    const newest = aStarted({ number: 2, lastKeyNumber: 1, leaseExpiresAt: at(2 * DAY_MS + MINUTE_MS) });
    expect(state({ keys, newest }, { ms: 2 * DAY_MS })).toMatchObject({
      state: 'pending',
      rotationInProgress: { until: newest.leaseExpiresAt, rotationId: newest.id },
    });
  });

  it('quarantined after an unknown outcome, and stalled if no other rotation follows', () => {
    const newest = anUnknown({
      number: 2,
      requestedAt: at(2 * DAY_MS),
      quarantinedUntil: at(2 * DAY_MS + 2 * MINUTE_MS),
    });
    const records = { keys, newest, retiredAt: newest.requestedAt };
    expect(state(records, { ms: 2 * DAY_MS })).toMatchObject({
      state: 'quarantined',
      quarantine: { until: newest.quarantinedUntil, rotationId: newest.id },
      keyInUse: { endsAt: at(3 * DAY_MS) },
      lastRotation: { status: 'unknown', code: 'upstream-timeout' },
    });
    expect(state(records, { ms: 2 * DAY_MS + 2 * MINUTE_MS }).state).toBe('stalled');
  });

  it('quarantined from the end of the lease if the function of a rotation is gone', () => {
    const newest = aStarted({ number: 2, leaseExpiresAt: at(MINUTE_MS) });
    expect(state({ keys, newest }, { ms: MINUTE_MS })).toMatchObject({
      state: 'quarantined',
      quarantine: { until: at(3 * MINUTE_MS) },
    });
  });

  it('stalled if Adyen gave no key', () => {
    const { key: _key, ...newest } = issuedAt(2 * DAY_MS, { number: 2 });
    expect(state({ keys, newest }, { ms: 2 * DAY_MS }).state).toBe('stalled');
  });

  it('as before after a rotation that certainly made no key', () => {
    const newest = aFailed({ number: 2 });
    expect(state({ keys, newest }, { ms: 2 * DAY_MS }).state).toBe('ok');
  });

  it('stalled if a key may have been lost before such a rotation', () => {
    const newest = aFailed({ number: 3 });
    expect(state({ keys, newest, retiredAt: at(2 * DAY_MS) }, { ms: 3 * DAY_MS }).state).toBe('stalled');
  });

  it('due 30 days before its greatest age', () => {
    const maxAgeMs = 90 * DAY_MS;
    expect(state({ keys }, { ms: 60 * DAY_MS - 1, maxAgeMs })).toMatchObject({
      state: 'ok',
      dueAt: at(maxAgeMs),
    });
    expect(state({ keys }, { ms: 60 * DAY_MS, maxAgeMs }).state).toBe('due');
  });

  it('due a third of its greatest age before, if that is shorter', () => {
    const maxAgeMs = 30 * DAY_MS;
    expect(state({ keys }, { ms: 20 * DAY_MS - 1, maxAgeMs }).state).toBe('ok');
    expect(state({ keys }, { ms: 20 * DAY_MS, maxAgeMs }).state).toBe('due');
  });
});

describe('a key with a managed secret is', () => {
  const old = withEntry(issuedAt(-9 * DAY_MS, storedAs('v1')), 'promoted', -9 * DAY_MS + MINUTE_MS);
  const fresh = issuedAt(0, { number: 2, keyInUseVersionId: 'v1', ...storedAs('v2') });

  it('pending until it is promoted', () => {
    const labels = { current: 'v1', pending: 'v2' };
    expect(state({ keys: [fresh, old], retiredAt: at(0) }, { ms: HOUR_MS, labels })).toMatchObject({
      state: 'pending',
      pendingKey: { keyFingerprint: 'sha256:2', versionId: 'v2' },
      keyInUse: { keyFingerprint: 'sha256:1', versionId: 'v1', endsAt: at(DAY_MS) },
    });
  });

  it('stalled if it was not seen working in time', () => {
    const keys = [withEntry(fresh, 'stalled', HOUR_MS), old];
    expect(state({ keys }, { ms: HOUR_MS, labels: { current: 'v1' } }).state).toBe('stalled');
  });

  it('in use since it was promoted', () => {
    const keys = [withEntry(withEntry(fresh, 'verified', HOUR_MS), 'promoted', HOUR_MS)];
    const { state: name, ...rest } = state({ keys }, { ms: 2 * HOUR_MS, labels: { current: 'v2' } });
    expect(name).toBe('overlap');
    expect(rest).toMatchObject({
      keyInUse: { keyFingerprint: 'sha256:2', since: at(HOUR_MS) },
      lastCheck: { at: at(HOUR_MS), result: 'works', detail: 'GET /me' },
    });
    expect(rest).not.toHaveProperty('pendingKey');
  });

  it('dead if it was seen dead, until it is healed', () => {
    const promoted = withEntry(fresh, 'promoted', HOUR_MS);
    const keys = [withEntry(promoted, 'displaced', 2 * DAY_MS)];
    const labels = { current: 'v2' };
    expect(state({ keys }, { ms: 2 * DAY_MS, labels })).toMatchObject({
      state: 'dead',
      lastCheck: { result: 'dead' },
    });
    const healed = [withEntry(keys[0] ?? fresh, 'healed', 2 * DAY_MS)];
    expect(state({ keys: healed }, { ms: 2 * DAY_MS, labels }).state).toBe('ok');
  });

  it('in use again after a rollback, and ends when the newer key has retired it', () => {
    const keys = [withEntry(fresh, 'promoted', HOUR_MS), old];
    expect(
      state({ keys, retiredAt: at(0) }, { ms: 2 * HOUR_MS, labels: { current: 'v1', previous: 'v2' } }),
    ).toMatchObject({ state: 'overlap', keyInUse: { keyFingerprint: 'sha256:1', endsAt: at(DAY_MS) } });
  });

  it('stalled if it could not be stored', () => {
    const keys = [{ ...fresh, secret: { id: 'one', error: 'not-stored' as const } }, old];
    expect(state({ keys }, { ms: HOUR_MS, labels: { current: 'v1' } })).toMatchObject({
      state: 'stalled',
      keyInUse: { keyFingerprint: 'sha256:1' },
    });
  });

  it('known by its version only if no rotation has made it', () => {
    expect(state({}, { labels: { current: 'v0' } })).toEqual({
      credential,
      state: 'ok',
      keyInUse: { versionId: 'v0' },
      consumers: [],
    });
  });

  it('shown with its consumers, and which key each uses', () => {
    const using = (consumerId: string, keyFingerprint: string) => ({
      consumerId,
      keyFingerprint,
      rotationNumber: 1,
      since: at(0),
      acknowledgedAt: at(0),
    });
    const consumers = [using('a', 'sha256:1'), using('b', 'sha256:2'), using('c', 'sha256:0')];
    const told = state({ keys: [fresh, old] }, { labels: { current: 'v1', pending: 'v2' }, consumers });
    expect(told.consumers).toEqual([
      { ...consumers[0], key: 'in-use' },
      { ...consumers[1], key: 'pending' },
      { ...consumers[2], key: 'earlier' },
    ]);
  });

  it.each<[string, IssuedRotation, Rotation, Labels]>([
    ['of the newest key once that is promoted', withEntry(fresh, 'promoted', 0), fresh, { current: 'v2' }],
    ['that was current when a pending key was made', fresh, fresh, { current: 'v1' }],
    [
      'that was current before a rollback',
      withEntry(withEntry(fresh, 'promoted', 0), 'rolled-back', 1),
      fresh,
      { current: 'v1' },
    ],
  ])('by the audit alone the version %s', (_what, top, newest, expected) => {
    expect(labelsByRecords({ newest, keys: [top, old] })).toEqual(expected);
  });
});

describe('the keys of an API credential', () => {
  const records = new Map<number, Rotation>([
    [1, issuedAt(0)],
    [2, anUnknown({ number: 2, lastKeyNumber: 1 })],
    [3, issuedAt(0, { number: 3, lastKeyNumber: 1 })],
    [4, aFailed({ number: 4, lastKeyNumber: 3 })],
  ]);
  const read: number[] = [];
  const audit = {
    async get(_credential: unknown, number: number) {
      read.push(number);
      return records.get(number);
    },
  };

  it('are read newest first, without the rotations between them', async () => {
    const keys = await findIssuedKeys(audit, records.get(4), () => false);
    expect([keys.map(({ number }) => number), read]).toEqual([
      [3, 1],
      [3, 1],
    ]);
  });

  it('are read up to the wanted one', async () => {
    const keys = await findIssuedKeys(audit, records.get(4), ({ number }) => number === 3);
    expect(keys.map(({ number }) => number)).toEqual([3]);
  });
});
