import { createHash } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { API_KEY_DUE } from '../src/event-bus/api-key-due.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { startFaultyProxy } from './support/faulty-proxy.ts';
import { lambdaContext } from './support/http-event.ts';
import { type Answer, type Keyturn, startKeyturn } from './support/keyturn.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const MANAGED = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-MANAGED-1' } as const;

let keyturn: Keyturn;
let credential: ApiCredential;
let rotation: Answer['body'];
beforeAll(async () => {
  keyturn = await startKeyturn({
    KEY_MAX_AGE_DAYS: '90',
    KEY_CHECK_SECONDS: '0',
    KEY_PROPAGATION_SECONDS: '0',
  });
  credential = keyturn.newCredential();
  rotation = (await keyturn.rotate(credential)).body.rotation;
  await keyturn.rotate(MANAGED);
});
afterAll(() => keyturn.close());

/** The minute at which it is the turn of an API credential, in a day or in so many minutes. */
function minuteOf(one: ApiCredential, minutes = 1_440): number {
  const place = createHash('sha256').update(credentialPath(one)).digest('hex').slice(0, 8);
  return Math.floor((Number.parseInt(place, 16) / 2 ** 32) * minutes);
}

/** Runs the check at a minute of a day, so many days after the key was made. */
async function runAt(days: number, minute = minuteOf(credential)) {
  const midnight = Math.floor(Date.parse(rotation.completedAt) / DAY_MS) * DAY_MS;
  const time = midnight + days * DAY_MS + minute * MINUTE_MS;
  vi.useFakeTimers({ toFake: ['Date'], now: time });
  vi.resetModules();
  try {
    const { handler } = await import('../src/handlers/check-keys.ts');
    // The handler reads only the time.
    const event = { time: new Date(time).toISOString() } as ScheduledEvent;
    await handler(event, lambdaContext(60_000));
  } finally {
    vi.useRealTimers();
  }
}

const dueEvents = () =>
  keyturn.eventBus.events
    .filter((event) => event['detail-type'] === 'ApiKeyDue')
    .map(({ detail }) => v.parse(API_KEY_DUE.schema, detail));
const during = async (act: () => Promise<void>) => {
  const before = dueEvents().length;
  await act();
  return dueEvents().slice(before);
};
const dueAt = () => new Date(Date.parse(rotation.completedAt) + 90 * DAY_MS).toISOString();

describe('a key in use', () => {
  it('is told to be due from 30 days before its greatest age on, and after it', async () => {
    expect(await during(() => runAt(58))).toEqual([]);
    const [due, ...more] = await during(() => runAt(61));
    expect([due, more]).toEqual([
      {
        credential,
        keyFingerprint: rotation.keyFingerprint,
        rotationId: rotation.id,
        issuedAt: rotation.completedAt,
        dueAt: dueAt(),
      },
      [],
    ]);
    expect(await during(() => runAt(200))).toEqual([due]);
  });

  it('is told of once a day, at its own minute', async () => {
    const minutes = [0, 1, 2, 300, 719, 1_439].map((later) => (minuteOf(credential) + later) % 1_440);
    const told = await during(async () => {
      for (const minute of minutes) await runAt(70, minute);
    });
    expect(told.filter(({ rotationId }) => rotationId === rotation.id)).toHaveLength(1);
  });

  it('is told of without a write to the table', async () => {
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', proxy.url);
    expect(await during(() => runAt(71))).toHaveLength(1);
    vi.unstubAllEnvs();
    await proxy.close();
    expect(proxy.operations.length).toBeGreaterThan(0);
    for (const operation of proxy.operations) expect(operation).toMatch(/Query|GetItem/);
  });

  it('is told of the next day if the bus does not take the event', async () => {
    keyturn.eventBus.setOutage(true);
    expect(await during(() => runAt(72))).toEqual([]);
    keyturn.eventBus.setOutage(false);
    expect(keyturn.lines()).toContainEqual(expect.objectContaining({ message: 'due', failed: 1, told: 0 }));
    expect(await during(() => runAt(73))).toHaveLength(1);
  });

  it('is not told of while it is the one that no rotation has made', async () => {
    expect(await during(() => runAt(200, minuteOf(MANAGED)))).toEqual([]);
  });

  it('is never due if no greatest age is set', async () => {
    vi.stubEnv('KEY_MAX_AGE_DAYS', '');
    expect(await during(() => runAt(200))).toEqual([]);
    vi.unstubAllEnvs();
    await keyturn.restart({ KEY_MAX_AGE_DAYS: '' });
    expect((await keyturn.state(credential)).body).not.toHaveProperty('dueAt');
    await keyturn.restart({ KEY_MAX_AGE_DAYS: '90' });
    expect((await keyturn.state(credential)).body.dueAt).toBe(dueAt());
  });
});

describe('the count of the keys by state', () => {
  /** The sum of each state over the runs at these minutes. */
  async function countAt(...minutes: number[]) {
    const before = keyturn.lines().length;
    for (const minute of minutes) await runAt(10, minute);
    const sums: Record<string, number> = {};
    for (const line of keyturn.lines().slice(before)) {
      const state = String(line.state);
      if ('KeyStates' in line) sums[state] = (sums[state] ?? 0) + Number(line.KeyStates);
    }
    return sums;
  }

  it('has each key once an hour, though the checks are off', async () => {
    const hour = Array.from({ length: 60 }, (_, minute) => 300 + minute);
    expect(Object.values(await countAt(...hour)).reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await countAt(300 + minuteOf(credential, 60))).toEqual({ ok: 1 });
  });

  it('neither fails the checks if the table cannot be read, nor keeps them waiting', async () => {
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    proxy.setOutage(true);
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', proxy.url);
    vi.stubEnv('KEY_MAX_AGE_DAYS', '');
    const before = keyturn.lines().length;
    await runAt(10);
    vi.unstubAllEnvs();
    await proxy.close();
    const messages = keyturn
      .lines()
      .slice(before)
      .flatMap(({ message }) => message ?? []);
    expect(messages).toEqual(['check', 'The states of the keys cannot be counted']);
  });

  it('costs at most three reads a key, and one to find the keys', async () => {
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', proxy.url);
    vi.stubEnv('KEY_MAX_AGE_DAYS', '');
    await countAt(...[credential, MANAGED].map((one) => 300 + minuteOf(one, 60)));
    vi.unstubAllEnvs();
    await proxy.close();
    expect(proxy.operations.length).toBeGreaterThan(3);
    expect(proxy.operations.length).toBeLessThanOrEqual(2 * (3 + 1));
    for (const operation of proxy.operations) expect(operation).toMatch(/Query|GetItem/);
  });
});
