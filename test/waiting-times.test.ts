import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IDEMPOTENCY_WINDOW_MS } from '../src/rotation/idempotency.ts';
import type { RotateResult } from '../src/rotation/rotate-command.ts';
import { type RotationCore, startRotationCore } from './support/rotation-core.ts';
import { aStarted, credential, rules } from './support/rotations.ts';

const LEASE_MS = 60_000;

let core: RotationCore;
beforeEach(async () => {
  core = await startRotationCore();
});
afterEach(() => core.close());

const refused = (code: string, until: string) => ({ kind: 'refused', refusal: { code, until } });
const kindOf = ({ kind }: RotateResult) => kind;

describe('the overlap', () => {
  it('refuses a second key for 24 hours, and says when it ends', async () => {
    await core.rotate();
    core.passTime(rules.minIntervalMs - 1);
    expect(await core.rotate()).toMatchObject(refused('overlap-active', '2026-11-24T12:00:00.000Z'));
    core.passTime(1);
    expect(kindOf(await core.rotate())).toBe('issued');
  });

  it('is ended by force', async () => {
    await core.rotate();
    expect(kindOf(await core.rotate({ request: { force: true } }))).toBe('issued');
    expect(core.adyen.credentials.generated()).toBe(2);
  });

  it('counts from the newest key, whatever has failed since', async () => {
    await core.rotate();
    core.passTime(1_000);
    core.adyen.faults.order({ kind: 'respond', status: 400 });
    await core.rotate({ request: { force: true } });
    expect(await core.rotate()).toMatchObject(refused('overlap-active', '2026-11-24T12:00:00.000Z'));
  });

  it('is not started by a response without a key', async () => {
    core.adyen.faults.order({ kind: 'respond', status: 204 });
    expect(kindOf(await core.rotate())).toBe('no-key');
    expect(kindOf(await core.rotate())).toBe('issued');
  });
});

describe('the quarantine', () => {
  it('refuses another rotation for 2 minutes after an unknown outcome, and says when it ends', async () => {
    core.adyen.faults.order({ kind: 'cut', when: 'after' });
    expect(kindOf(await core.rotate())).toBe('failed');
    core.passTime(rules.quarantineMs - 1);
    expect(await core.rotate()).toMatchObject(refused('quarantined', '2026-11-23T12:02:00.000Z'));
    core.passTime(1);
    expect(kindOf(await core.rotate())).toBe('issued');
  });

  it('is not ended by force: a call that Adyen processes late would replace the forced key', async () => {
    core.adyen.faults.order({ kind: 'cut', when: 'after' });
    await core.rotate();
    expect(await core.rotate({ request: { force: true } })).toMatchObject({
      refusal: { code: 'quarantined' },
    });
    expect(core.adyen.credentials.generated()).toBe(1);
  });
});

describe('a rotation whose function died', () => {
  const leaseExpiresAt = '2026-11-23T12:01:00.000Z';

  it('blocks every other rotation during its lease, forced or not', async () => {
    await core.audit.insert(aStarted({ leaseExpiresAt }));
    core.passTime(LEASE_MS - 1);
    expect(await core.rotate({ request: { force: true } })).toMatchObject(
      refused('rotation-in-progress', leaseExpiresAt),
    );
    expect(core.adyen.received).toHaveLength(0);
  });

  it('is closed as unknown by the next caller, in quarantine from the end of the lease', async () => {
    await core.audit.insert(aStarted({ leaseExpiresAt }));
    core.passTime(LEASE_MS);
    expect(await core.rotate()).toMatchObject(refused('quarantined', '2026-11-23T12:03:00.000Z'));
    expect(await core.audit.newest(credential)).toMatchObject({
      number: 1,
      status: 'unknown',
      timeline: [{ event: 'started' }, { event: 'unknown', detail: 'found past its lease' }],
    });
  });

  it('does not block the next rotation once the quarantine is over too', async () => {
    await core.audit.insert(aStarted({ leaseExpiresAt }));
    core.passTime(LEASE_MS + rules.quarantineMs);
    expect(kindOf(await core.rotate())).toBe('issued');
    expect(await core.audit.newest(credential)).toMatchObject({ number: 2, status: 'succeeded' });
  });

  it('is closed once by many concurrent callers, and one of them rotates', async () => {
    await core.audit.insert(aStarted({ leaseExpiresAt }));
    core.passTime(LEASE_MS + rules.quarantineMs);
    const results = await Promise.all(Array.from({ length: 20 }, () => core.rotate()));
    expect(results.filter(({ kind }) => kind === 'issued')).toHaveLength(1);
    expect(core.adyen.credentials.generated()).toBe(1);
  });

  it('stays closed as unknown if the function was only slow: its caller has been given up', async () => {
    core.adyen.faults.order({ kind: 'latency', when: 'after', ms: 200 });
    const slow = core.rotate();
    await expect.poll(() => core.adyen.received.length).toBe(1);
    core.passTime(LEASE_MS);
    expect(await core.rotate()).toMatchObject({ refusal: { code: 'quarantined' } });
    expect(kindOf(await slow)).toBe('failed');
    expect(await core.audit.newest(credential)).toMatchObject({ number: 1, status: 'unknown' });
  });
});

describe('an idempotency key', () => {
  it('is remembered for 24 hours', async () => {
    const first = await core.rotate({ idempotencyKey: 'one' });
    core.passTime(IDEMPOTENCY_WINDOW_MS - 1);
    expect(kindOf(await core.rotate({ idempotencyKey: 'one' }))).toBe('replayed');
    core.passTime(1);
    const later = await core.rotate({ idempotencyKey: 'one' });
    expect([kindOf(first), kindOf(later)]).toEqual(['issued', 'issued']);
  });

  it('may be used again after an unknown outcome', async () => {
    core.adyen.faults.order({ kind: 'cut', when: 'before' });
    await core.rotate({ idempotencyKey: 'one' });
    core.passTime(rules.quarantineMs);
    expect(kindOf(await core.rotate({ idempotencyKey: 'one' }))).toBe('issued');
  });
});

describe('the numbers of a credential', () => {
  it('have no gaps, and each closed rotation is sealed to the previous rotation', async () => {
    const chains = [];
    for (let turn = 1; turn <= 3; turn += 1) {
      await core.rotate({ request: { force: true } });
      const newest = await core.audit.newest(credential);
      if (newest?.status !== 'succeeded') throw new Error('the rotation did not succeed');
      expect(newest).toMatchObject({ number: turn });
      expect(newest.previousChain).toBe(chains.at(-1));
      chains.push(newest.chain);
    }
    expect(new Set(chains).size).toBe(3);
  });
});

describe('the remaining time of the invocation', () => {
  it('is not all spent on the call to Adyen: the rotation must still be closed in the audit', async () => {
    const result = await core.rotate({ invocationEndsAt: Date.parse('2026-11-23T12:00:05.000Z') });
    expect(result).toMatchObject({ kind: 'failed', rotation: { code: 'upstream-unreachable' } });
    expect(core.adyen.received).toHaveLength(0);
  });

  it('limits the number of attempts too', async () => {
    core.adyen.faults.order({ kind: 'respond', status: 429, headers: { 'Retry-After': '2' }, times: 3 });
    const result = await core.rotate({ invocationEndsAt: Date.parse('2026-11-23T12:00:07.000Z') });
    expect(result).toMatchObject({ rotation: { code: 'upstream-throttled', upstream: { attempts: 1 } } });
  });
});
