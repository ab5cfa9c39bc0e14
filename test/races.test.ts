import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type Answer, type Keyturn, startKeyturn } from './support/keyturn.ts';
import { startRotationCore } from './support/rotation-core.ts';
import { credential } from './support/rotations.ts';

const CALLERS = 100;

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn();
});
afterAll(() => keyturn.close());

const times = <T>(make: (index: number) => T): T[] =>
  Array.from({ length: CALLERS }, (_, index) => make(index));

/** Such as `200 × 1, 409 × 99`. */
function tally(responses: readonly Answer[]): string {
  const groups = Map.groupBy(
    responses,
    ({ status, body }) => `${status} ${body.code ?? body.rotation.status}`,
  );
  return [...groups].map(([response, all]) => `${response} × ${all.length}`).join(', ');
}

describe(`${CALLERS} callers at once`, () => {
  it('for one API credential: one caller gets a key, and exactly one key is made', async () => {
    const credential = keyturn.newCredential();
    const responses = await Promise.all(times(() => keyturn.rotate(credential)));
    const winners = responses.filter(({ status }) => status === 200);
    const losers = responses.filter(({ status }) => status === 409);
    const generated = keyturn.adyen.credentials.generated(credentialPath(credential));
    const items = await keyturn.items(credential);
    console.log(
      `one credential: ${tally(responses)}; keys generated: ${generated}; audit items: ${items.length}`,
    );

    expect([winners.length, losers.length]).toEqual([1, CALLERS - 1]);
    expect(generated).toBe(1);
    expect(items).toMatchObject([{ id: winners[0]?.body.rotation.id, status: 'succeeded' }]);
  });

  it('for as many API credentials: each caller gets its own key', async () => {
    const credentials = times(() => keyturn.newCredential());
    const responses = await Promise.all(credentials.map((credential) => keyturn.rotate(credential)));
    const keys = new Set(responses.map(({ body }) => body.apiKey));
    console.log(`${CALLERS} credentials: ${tally(responses)}; different keys: ${keys.size}`);

    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(keys.size).toBe(CALLERS);
  });

  it('with one idempotency key: one rotation is made, and one caller gets its key', async () => {
    const credential = keyturn.newCredential();
    const headers = { 'idempotency-key': 'once' };
    const responses = await Promise.all(times(() => keyturn.rotate(credential, { headers })));
    const withKey = responses.filter(({ body }) => body.apiKey !== undefined);
    console.log(`one idempotency key: ${tally(responses)}`);

    expect(withKey.length).toBe(1);
    expect(keyturn.adyen.credentials.generated(credentialPath(credential))).toBe(1);
    expect(await keyturn.items(credential)).toHaveLength(1);
  });
});

describe('two requests with one idempotency key', () => {
  it('make one key, although the whole first rotation happens between two reads of the second', async () => {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let reads = 0;
    // The second read of all is the second one of the request that was first.
    const holdSecond = async () => {
      reads += 1;
      if (reads !== 2) return;
      reached.resolve();
      await released.promise;
    };
    const core = await startRotationCore((audit) => ({
      ...audit,
      newest: (credential) => holdSecond().then(() => audit.newest(credential)),
      findByIdempotencyHash: (credential, hash, id) =>
        holdSecond().then(() => audit.findByIdempotencyHash(credential, hash, id)),
    }));
    const rotate = () => core.rotate({ idempotencyKey: 'once', request: { force: true } });
    const slow = rotate();
    await reached.promise;
    const fast = await rotate();
    released.resolve();
    expect([fast.kind, (await slow).kind]).toEqual(['issued', 'replayed']);
    expect(core.adyen.credentials.generated()).toBe(1);
    await core.close();
  });
});

describe('two executions for one event that came twice', () => {
  it('repeat no try that has failed, although the other execution has failed after it', async () => {
    const core = await startRotationCore();
    const throttled = { kind: 'respond', status: 429, credential: credentialPath(credential) } as const;
    for (let tries = 0; tries < 2; tries += 1) core.adyen.faults.order(throttled);
    const rotate = (rotationId: string) =>
      core.rotate({
        rotationId,
        requestedBy: { source: 'event', subject: 'ops.keys' },
        idempotencyKey: 'event',
        keyGoesTo: 'secret',
      });
    const tries = [await rotate('first'), await rotate('other')];
    // The step ran, and its checkpoint was lost.
    expect([...tries, await rotate('first')]).toMatchObject([
      { kind: 'failed', rotation: { id: 'first', number: 1 } },
      { kind: 'failed', rotation: { id: 'other', number: 2 } },
      { kind: 'failed', rotation: { id: 'first', number: 1 } },
    ]);
    expect(core.adyen.credentials.generated()).toBe(0);
    await core.close();
  });
});
