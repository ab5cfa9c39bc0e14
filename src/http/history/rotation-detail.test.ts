import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aStarted, aSucceeded } from '../../../test/support/rotations.ts';
import type { Rotation } from '../../rotation/rotation.ts';
import { RotationDetailSchema, toDetail } from './rotation-detail.ts';

const TIME = '2026-11-23T12:00:00.000Z';
const internal = {
  idempotencyHash: 'hash',
  lastKeyIssuedAt: TIME,
  previousChain: 'sha256:00',
  previousExpiresAt: TIME,
};
const ended = { ...internal, outbox: { event: 'ApiKeyIssued', dueAt: TIME }, expiresAt: TIME } as const;

describe('the detail of a rotation', () => {
  it.each<[Rotation['status'], Rotation, Record<string, unknown>]>([
    ['started', aStarted(internal), aStarted()],
    ['succeeded', aSucceeded(ended), aSucceeded()],
    ['failed', aFailed({ ...ended, retryAfter: 60 }), aFailed()],
    ['unknown', anUnknown(ended), anUnknown()],
  ])('with the status %s is its record without the internal fields', (status, rotation, plain) => {
    const { key, leaseExpiresAt, ...shown } = plain;
    const { fingerprint, ...times } = Object(key);
    expect(v.parse(RotationDetailSchema, toDetail(rotation))).toEqual({
      ...shown,
      ...(status === 'started' ? { leaseExpiresAt } : { recordExpiresAt: TIME }),
      ...(fingerprint && { ...times, keyFingerprint: fingerprint }),
    });
  });

  it('without a key has no facts of one', () => {
    const { key: _key, ...withoutKey } = aSucceeded();
    expect(toDetail(withoutKey)).not.toHaveProperty('keyFingerprint');
  });
});
