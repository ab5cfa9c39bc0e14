import { beforeEach, describe, expect, it } from 'vitest';
import { metricsWith } from '../../test/support/deps.ts';
import { aFailed, anUnknown, aSucceeded, credential, NOON } from '../../test/support/rotations.ts';
import { ManagedSecretError } from '../rotation/managed-secret-error.ts';
import type { RotateResult } from '../rotation/rotate-command.ts';
import { Unavailable } from '../rotation/unavailable.ts';
import type { Durable } from './durable.ts';
import { createIssueKey } from './issue-key.ts';

const HOUR_MS = 3_600_000;
const version = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;
const issued: RotateResult = {
  kind: 'issued',
  rotation: aSucceeded({ secret: version }),
  // The step drops it: only ids and times are checkpointed.
  apiKey: undefined as never,
};

let time: number;
let tries: number;
beforeEach(() => {
  time = NOON;
  tries = 0;
});

/** Runs at once, and moves the clock instead of waiting. */
const durable: Durable = {
  step: (_name, run) => run(),
  async wait(_name, ms) {
    time += ms;
  },
  async waitUntil(_name, until) {
    time = Math.max(time + 1_000, Date.parse(until));
  },
  invocationEndsAt: () => time + 60_000,
};

/** Issues a key with rotations that end in this way, one after the other; the last one again and again. */
function issueWith(...ends: (RotateResult | Error)[]) {
  return issueFor('ops.keys', ...ends);
}

function issueFor(source: string, ...ends: (RotateResult | Error)[]) {
  const issueKey = createIssueKey({
    async rotate() {
      const end = ends[Math.min(tries, ends.length - 1)];
      tries += 1;
      if (!end || end instanceof Error) throw end;
      return end;
    },
    newId: () => `id-${tries}`,
    now: () => time,
    random: () => 0.5,
    metrics: metricsWith(),
  });
  const request = { reason: 'quarterly', force: false };
  return issueKey({ eventId: 'event', source, credential, request }, durable);
}

const until = (ms: number) => new Date(NOON + ms).toISOString();
const unknown = (): RotateResult => ({
  kind: 'failed',
  rotation: anUnknown({
    completedAt: new Date(time).toISOString(),
    quarantinedUntil: new Date(time + 120_000).toISOString(),
  }),
});

describe('an event for a key', () => {
  it.each<[string, RotateResult, number]>([
    [
      'a running rotation',
      { kind: 'refused', refusal: { code: 'rotation-in-progress', until: until(60_000) } },
      60_000,
    ],
    [
      'a quarantine',
      { kind: 'refused', refusal: { code: 'quarantined', until: until(120_000), rotationId: 'one' } },
      120_000,
    ],
    [
      'an overlap',
      { kind: 'refused', refusal: { code: 'overlap-active', until: until(24 * HOUR_MS) } },
      24 * HOUR_MS,
    ],
  ])('waits for the end of %s, and then gets one', async (_what, refused, ms) => {
    expect(await issueWith(refused, issued)).toMatchObject({ kind: 'issued' });
    expect(time - NOON).toBe(ms + 15_000);
  });

  it.each([
    ['the audit', new Unavailable('audit-unavailable', 'down')],
    ['the management credential', new Unavailable('management-credential-unavailable', 'down')],
    ['the managed secret', new ManagedSecretError('it cannot be read')],
  ])('waits out an outage of %s for hours', async (_what, error) => {
    const outage = Array.from({ length: 10 }, () => error);
    expect(await issueWith(...outage, issued)).toMatchObject({ kind: 'issued' });
    expect(time - NOON).toBeGreaterThan(3 * HOUR_MS);
  });

  it('does not wait for a managed secret that does not exist', async () => {
    await expect(issueWith(new ManagedSecretError('it is missing', true))).rejects.toThrow('it is missing');
  });

  it('waits after an unknown outcome until a late call can no longer overtake the next one', async () => {
    expect(await issueWith(unknown(), issued)).toMatchObject({ kind: 'issued' });
    expect(time - NOON).toBeGreaterThanOrEqual(16 * 60_000);
  });

  it('gives up after three days of outages, and its workflow fails', async () => {
    const outage = Array.from({ length: 200 }, () => new Unavailable('audit-unavailable', 'down'));
    await expect(issueWith(...outage)).rejects.toMatchObject({
      name: 'WorkflowFailed',
      code: 'audit-unavailable',
    });
    expect(time - NOON).toBeGreaterThan(70 * HOUR_MS);
    expect(time - NOON).toBeLessThanOrEqual(72 * HOUR_MS);
  });

  it('that Keyturn wants itself is tried again for an hour after a rejection, which may be over by then', async () => {
    const rejected: RotateResult = { kind: 'failed', rotation: aFailed({ code: 'upstream-forbidden' }) };
    expect(await issueFor('keyturn', rejected, rejected, issued)).toMatchObject({ kind: 'issued' });
    tries = 0;
    const startedAt = time;
    await expect(issueFor('keyturn', rejected)).rejects.toMatchObject({ code: 'upstream-forbidden' });
    expect(tries).toBe(7);
    expect((time - startedAt) / HOUR_MS).toBeCloseTo(1, 0);
  });

  it('that Keyturn wants itself is tried again for an hour after a rejection that follows a long outage too', async () => {
    const outage = Array.from({ length: 20 }, () => new Unavailable('audit-unavailable', 'down'));
    const rejected: RotateResult = { kind: 'failed', rotation: aFailed({ code: 'upstream-forbidden' }) };
    expect(await issueFor('keyturn', ...outage, rejected, rejected, issued)).toMatchObject({
      kind: 'issued',
    });
    tries = 0;
    await expect(issueFor('keyturn', ...outage, rejected)).rejects.toMatchObject({
      code: 'upstream-forbidden',
    });
    expect(tries).toBe(20 + 7);
  });

  it('that Adyen rejects for good fails at once', async () => {
    const rejected: RotateResult = { kind: 'failed', rotation: aFailed({ code: 'upstream-forbidden' }) };
    await expect(issueWith(rejected)).rejects.toMatchObject({ code: 'upstream-forbidden' });
    expect(tries).toBe(1);
  });
});
