import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApiCredential } from '../src/rotation/api-credential.ts';
import { lambdaContext } from './support/http-event.ts';
import { type Answer, type Keyturn, startKeyturn } from './support/keyturn.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({ ROTATION_MIN_INTERVAL_SECONDS: '0' });
});
afterAll(() => keyturn.close());

/** Runs the sweep at a time. */
async function sweepAt(time: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: time });
  vi.resetModules();
  const { handler } = await import('../src/handlers/sweep.ts');
  const result = await handler({}, lambdaContext(60_000)).finally(() => vi.useRealTimers());
  expect(result.failed).toBe(0);
  return result;
}

const rotate = async (credential: ApiCredential): Promise<Answer['body']> =>
  (await keyturn.rotate(credential)).body.rotation;
const acknowledge = (credential: ApiCredential, consumerId: string, { keyFingerprint }: Answer['body']) =>
  keyturn.acknowledge(credential, consumerId, { keyFingerprint });
/** The warnings for an API credential: which rotation, and which consumers. */
const warningsOf = ({ apiCredentialId }: ApiCredential) =>
  keyturn.eventBus.events
    .filter((event) => event['detail-type'] === 'ApiKeySwitchOverdue')
    // biome-ignore lint/suspicious/noExplicitAny: each test states what it expects of the detail.
    .map(({ detail }): any => detail)
    .filter(({ credential }) => credential.apiCredentialId === apiCredentialId);
const warnedOf = ({ apiCredentialId }: ApiCredential) =>
  warningsOf({ apiCredentialId } as ApiCredential).map(({ rotationId, consumers }) => [
    rotationId,
    consumers.map(({ consumerId }: { consumerId: string }) => consumerId),
  ]);
const dueAt = ({ previousKeyExpiresAt }: Answer['body']) => Date.parse(previousKeyExpiresAt) - 4 * HOUR_MS;

describe('four hours before the previous key ends', () => {
  it('the consumers are named that have not said that they use the new key', async () => {
    const credential = keyturn.newCredential();
    const before = await rotate(credential);
    for (const consumer of ['late', 'switched', 'silent']) await acknowledge(credential, consumer, before);
    const rotation = await rotate(credential);
    await acknowledge(credential, 'switched', rotation);
    await sweepAt(dueAt(rotation) - MINUTE_MS);
    expect(warnedOf(credential).filter(([id]) => id === rotation.id)).toEqual([]);
    await sweepAt(dueAt(rotation) + 2 * MINUTE_MS);
    const [warning] = warningsOf(credential).filter(({ rotationId }) => rotationId === rotation.id);
    expect(warning).toMatchObject({
      credential,
      keyFingerprint: rotation.keyFingerprint,
      previousKeyExpiresAt: rotation.previousKeyExpiresAt,
      consumers: [
        { consumerId: 'late', keyFingerprint: before.keyFingerprint },
        { consumerId: 'silent', keyFingerprint: before.keyFingerprint },
      ],
    });
    await sweepAt(dueAt(rotation) + 10 * MINUTE_MS);
    expect(warnedOf(credential).filter(([id]) => id === rotation.id)).toHaveLength(1);
  });

  it('there is no event if all consumers have switched, or none is known', async () => {
    const switched = keyturn.newCredential();
    await acknowledge(switched, 'checkout', await rotate(switched));
    const rotation = await rotate(switched);
    await acknowledge(switched, 'checkout', rotation);
    const without = keyturn.newCredential();
    await rotate(without);
    await sweepAt(dueAt(rotation) + 5 * MINUTE_MS);
    expect([...warnedOf(switched), ...warnedOf(without)]).toEqual([]);
    // Nothing waits any more: the next sweep does not find them.
    for (const credential of [switched, without]) {
      for (const item of await keyturn.items(credential)) expect(item).not.toHaveProperty('dueAt');
    }
  });

  it('a consumer that uses an even newer key is not late, however many were made since', async () => {
    const credential = keyturn.newCredential();
    const first = await rotate(credential);
    await acknowledge(credential, 'ahead', first);
    await acknowledge(credential, 'late', first);
    const second = await rotate(credential);
    await acknowledge(credential, 'ahead', await rotate(credential));
    for (let count = 0; count < 6; count += 1) await rotate(credential);
    await sweepAt(dueAt(second) + 5 * MINUTE_MS);
    expect(warnedOf(credential)).toContainEqual([second.id, ['late']]);
  });

  it('the event waits for the bus if that does not take it', async () => {
    const credential = keyturn.newCredential();
    await acknowledge(credential, 'late', await rotate(credential));
    const rotation = await rotate(credential);
    keyturn.eventBus.setOutage(true);
    await sweepAt(dueAt(rotation) + 5 * MINUTE_MS);
    keyturn.eventBus.setOutage(false);
    expect(warnedOf(credential)).toEqual([]);
    await sweepAt(dueAt(rotation) + 10 * MINUTE_MS);
    expect(warnedOf(credential)).toEqual([[rotation.id, ['late']]]);
  });
});
