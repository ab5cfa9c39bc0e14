import { describe, expect, it } from 'vitest';
import { aStarted, NOON, rules } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import { abandon, closeWith, recover, refuse } from './close-with.ts';
import { REFUSED_EVENT_CODES } from './failure-codes.ts';
import { isAsSealed } from './seal.ts';

const report = { status: 200, attempts: 1, durationMs: 80 };
const started = aStarted({ previousChain: 'sha256:before' });

describe('a rotation ends', () => {
  it('as succeeded with a key: its fingerprint, when it is usable and when the previous key expires', () => {
    const outcome = { kind: 'key', apiKey: new Secret('AQEnew'), report } as const;
    const { event, rotation } = closeWith(started, outcome, NOON, rules);
    expect(event).toBe('key-returned');
    expect(rotation).toMatchObject({
      status: 'succeeded',
      completedAt: '2026-11-23T12:00:00.000Z',
      key: {
        fingerprint: 'sha256:432ca50ce1ba4bd7',
        usableFrom: '2026-11-23T12:05:00.000Z',
        previousKeyExpiresAt: '2026-11-24T12:00:00.000Z',
      },
      timeline: [...started.timeline, { at: '2026-11-23T12:00:00.000Z', event: 'succeeded' }],
    });
    expect(JSON.stringify(rotation)).not.toContain('AQEnew');
  });

  it('as succeeded without a key after a 204', () => {
    const { event, rotation } = closeWith(started, { kind: 'no-content', report }, NOON, rules);
    expect(event).toBe('no-key');
    expect(rotation.status).toBe('succeeded');
    expect(rotation).not.toHaveProperty('key');
  });

  it('as failed if Adyen rejected the call, with the code and the time to wait before a retry', () => {
    const rejected = { kind: 'rejected', code: 'upstream-throttled', retryAfter: 30, report } as const;
    const { event, rotation } = closeWith(started, rejected, NOON, rules);
    expect(event).toBe('failed');
    expect(rotation).toMatchObject({ status: 'failed', code: 'upstream-throttled', retryAfter: 30 });
  });

  it('as unknown after an uncertain call, in quarantine from that moment', () => {
    const uncertain = { kind: 'uncertain', code: 'upstream-timeout', report } as const;
    const { event, rotation } = closeWith(started, uncertain, NOON, rules);
    expect(event).toBe('unknown');
    expect(rotation).toMatchObject({
      status: 'unknown',
      code: 'upstream-timeout',
      quarantinedUntil: '2026-11-23T12:02:00.000Z',
    });
  });

  it('as unknown if it is found past its lease, in quarantine from the end of the lease', () => {
    const late = aStarted({ leaseExpiresAt: '2026-11-23T12:01:00.000Z' });
    expect(abandon(late, NOON + 600_000, rules).rotation).toMatchObject({
      status: 'unknown',
      completedAt: '2026-11-23T12:10:00.000Z',
      quarantinedUntil: '2026-11-23T12:03:00.000Z',
    });
  });

  it('with a seal that depends on its content and on the previous seal', () => {
    const rejected = { kind: 'rejected', code: 'upstream-forbidden', report } as const;
    const chainOf = (of: typeof started) => closeWith(of, rejected, NOON, rules).rotation.chain;
    const chains = [
      chainOf(started),
      chainOf({ ...started, previousChain: 'sha256:other' }),
      chainOf({ ...started, reason: 'edited' }),
    ];
    expect(new Set(chains).size).toBe(3);
    expect(chains[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(chainOf(started)).toBe(chains[0]);
  });
});

describe('a rotation of an API credential with a managed secret ends', () => {
  const key = { kind: 'key', apiKey: new Secret('AQEnew'), report } as const;

  it.each([
    ['the key was stored', { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' }, 'key-stored'],
    ['the key was not stored', { id: 'one', error: 'not-stored' }, 'key-not-stored'],
  ] as const)('as succeeded, and says that %s, and where', (detail, secret, closing) => {
    const { event, rotation } = closeWith(started, key, NOON, rules, secret);
    expect(event).toBe(closing);
    expect(rotation).toMatchObject({ status: 'succeeded', secret });
    expect(rotation.timeline.at(-1)).toEqual({ at: '2026-11-23T12:00:00.000Z', event: 'succeeded', detail });
    expect(JSON.stringify(rotation)).not.toContain('AQEnew');
  });

  it.each(['event', 'secrets-manager'] as const)(
    'as key-stored-in-workflow if its source is %s',
    (source) => {
      const secret = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;
      const asked = { ...started, requestedBy: { source, subject: 'one' } };
      expect(closeWith(asked, key, NOON, rules, secret).event).toBe('key-stored-in-workflow');
    },
  );

  it('as unknown, in quarantine, if Adyen made a key that could not be delivered', () => {
    const { event, rotation } = closeWith(started, { kind: 'undelivered', report }, NOON, rules);
    expect(event).toBe('unknown');
    expect(rotation).toMatchObject({
      status: 'unknown',
      code: 'key-undelivered',
      upstream: report,
      quarantinedUntil: '2026-11-23T12:02:00.000Z',
    });
    expect(rotation).not.toHaveProperty('key');
  });
});

describe('a rotation whose key was found in the managed secret', () => {
  const version = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;
  const MINUTE_MS = 60_000;
  const recovered = (storedAt: number, now = NOON + 10 * MINUTE_MS) =>
    recover(started, { apiKey: new Secret('AQEnew'), version, storedAt }, now, rules).rotation;

  it('has succeeded, with the stored key', () => {
    const rotation = recovered(NOON);
    expect(rotation).toMatchObject({
      id: started.id,
      status: 'succeeded',
      completedAt: '2026-11-23T12:10:00.000Z',
      previousChain: 'sha256:before',
      key: { fingerprint: 'sha256:432ca50ce1ba4bd7' },
      secret: version,
      timeline: [
        ...started.timeline,
        { at: '2026-11-23T12:10:00.000Z', event: 'succeeded', detail: 'the key was found stored' },
      ],
    });
    expect(JSON.stringify(rotation)).not.toContain('AQEnew');
  });

  it('has no report of the call to Adyen, since the response is lost', () => {
    expect(recovered(NOON)).not.toHaveProperty('upstream');
  });

  it('treats its key as usable only after the propagation time, counted from now', () => {
    expect(recovered(NOON).key?.usableFrom).toBe('2026-11-23T12:15:00.000Z');
  });

  it.each([
    ['at the time of the request', NOON],
    ['long after the request', NOON + 8 * MINUTE_MS],
  ])(
    'treats the previous key as replaced one minute before the start, if the new key was stored %s',
    (_when, at) => {
      expect(recovered(at).key?.previousKeyExpiresAt).toBe('2026-11-24T11:59:00.000Z');
    },
  );

  it('treats the previous key as replaced even earlier, if an earlier rotation stored the new key', () => {
    expect(recovered(NOON - 60 * MINUTE_MS).key?.previousKeyExpiresAt).toBe('2026-11-24T10:59:00.000Z');
  });

  it('is sealed, and its record is kept as long as any other record', () => {
    const kept = { ...rules, retentionMs: 7 * 86_400_000 };
    const stored = { apiKey: new Secret('AQEnew'), version, storedAt: NOON };
    const { rotation } = recover(started, stored, NOON + 1, kept);
    expect(rotation.expiresAt).toBe('2026-11-30T12:00:01.000Z');
    expect([isAsSealed(rotation), isAsSealed(recovered(NOON))]).toEqual([true, true]);
  });
});

describe('an event that is refused', () => {
  it.each(REFUSED_EVENT_CODES)('is recorded as a rotation that failed with %s and never started', (code) => {
    const { status: _status, timeline: _timeline, ...asked } = started;
    const { chain, ...refused } = refuse(started, code, NOON, rules);
    expect(refused).toEqual({
      ...asked,
      status: 'failed',
      code,
      completedAt: '2026-11-23T12:00:00.000Z',
      timeline: [{ at: '2026-11-23T12:00:00.000Z', event: 'failed', detail: code }],
    });
    expect(isAsSealed({ ...refused, chain })).toBe(true);
  });

  it('is kept as long as any other record', () => {
    const refused = refuse(started, 'forbidden', NOON, { ...rules, retentionMs: 7 * 86_400_000 });
    expect(refused.expiresAt).toBe('2026-11-30T12:00:00.000Z');
  });

  it('is sealed to the previous rotation', () => {
    const other = refuse({ ...started, previousChain: 'sha256:other' }, 'forbidden', NOON, rules);
    expect(refuse(started, 'forbidden', NOON, rules).chain).not.toBe(other.chain);
  });
});
