import { describe, expect, it } from 'vitest';
import { aStarted, NOON, rules } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import { abandon, settle } from './settle.ts';

const report = { status: 200, attempts: 1, durationMs: 80 };
const started = aStarted({ previousChain: 'sha256:before' });

describe('a rotation ends', () => {
  it('as succeeded with a key: its fingerprint, when it can be used and when the one before ends', () => {
    const rotation = settle(started, { kind: 'key', apiKey: new Secret('AQEnew'), report }, NOON, rules);
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

  it('as succeeded without a key for a 204', () => {
    const rotation = settle(started, { kind: 'no-content', report }, NOON, rules);
    expect(rotation.status).toBe('succeeded');
    expect(rotation).not.toHaveProperty('key');
  });

  it('as failed for a refusal, with its code and when to come back', () => {
    const refused = { kind: 'refused', code: 'upstream-throttled', retryAfter: 30, report } as const;
    expect(settle(started, refused, NOON, rules)).toMatchObject({
      status: 'failed',
      code: 'upstream-throttled',
      retryAfter: 30,
    });
  });

  it('as unknown for what is uncertain, in quarantine from that moment', () => {
    const uncertain = { kind: 'uncertain', code: 'upstream-timeout', report } as const;
    expect(settle(started, uncertain, NOON, rules)).toMatchObject({
      status: 'unknown',
      code: 'upstream-timeout',
      quarantinedUntil: '2026-11-23T12:02:00.000Z',
    });
  });

  it('as unknown when it is found past its lease, in quarantine from the end of the lease', () => {
    const found = abandon(aStarted({ leaseExpiresAt: '2026-11-23T12:01:00.000Z' }), NOON + 600_000, rules);
    expect(found).toMatchObject({
      status: 'unknown',
      completedAt: '2026-11-23T12:10:00.000Z',
      quarantinedUntil: '2026-11-23T12:03:00.000Z',
    });
  });

  it('with a chain that depends on its content and on the chain before it', () => {
    const refused = { kind: 'refused', code: 'upstream-forbidden', report } as const;
    const chains = [
      settle(started, refused, NOON, rules),
      settle({ ...started, previousChain: 'sha256:other' }, refused, NOON, rules),
      settle({ ...started, reason: 'edited' }, refused, NOON, rules),
    ].map(({ chain }) => chain);
    expect(new Set(chains).size).toBe(3);
    expect(chains[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(settle(started, refused, NOON, rules).chain).toBe(chains[0]);
  });
});
