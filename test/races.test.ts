import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type Answer, type Keyturn, startKeyturn } from './support/keyturn.ts';

const CALLERS = 100;

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn();
});
afterAll(() => keyturn.close());

const times = <T>(make: (index: number) => T): T[] =>
  Array.from({ length: CALLERS }, (_, index) => make(index));

/** Such as `200 × 1, 409 × 99`. */
function tally(answers: readonly Answer[]): string {
  const groups = Map.groupBy(answers, ({ status, body }) => `${status} ${body.code ?? body.rotation.status}`);
  return [...groups].map(([answer, all]) => `${answer} × ${all.length}`).join(', ');
}

describe(`${CALLERS} callers at once`, () => {
  it('for one API credential: one gets a key, and exactly one is made', async () => {
    const credential = keyturn.newCredential();
    const answers = await Promise.all(times(() => keyturn.rotate(credential)));
    const winners = answers.filter(({ status }) => status === 200);
    const losers = answers.filter(({ status }) => status === 409);
    const generated = keyturn.adyen.credentials.generated(credentialPath(credential));
    const items = await keyturn.items(credential);
    console.log(
      `one credential: ${tally(answers)}; keys generated: ${generated}; audit items: ${items.length}`,
    );

    expect([winners.length, losers.length]).toEqual([1, CALLERS - 1]);
    expect(generated).toBe(1);
    expect(items).toMatchObject([{ id: winners[0]?.body.rotation.id, status: 'succeeded' }]);
  });

  it('for as many API credentials: each gets its own key', async () => {
    const credentials = times(() => keyturn.newCredential());
    const answers = await Promise.all(credentials.map((credential) => keyturn.rotate(credential)));
    const keys = new Set(answers.map(({ body }) => body.apiKey));
    console.log(`${CALLERS} credentials: ${tally(answers)}; different keys: ${keys.size}`);

    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(keys.size).toBe(CALLERS);
  });

  it('with one idempotency key: one rotation, and nobody else gets its key', async () => {
    const credential = keyturn.newCredential();
    const headers = { 'idempotency-key': 'once' };
    const answers = await Promise.all(times(() => keyturn.rotate(credential, { headers })));
    const withKey = answers.filter(({ body }) => body.apiKey !== undefined);
    console.log(`one idempotency key: ${tally(answers)}`);

    expect(withKey.length).toBe(1);
    expect(keyturn.adyen.credentials.generated(credentialPath(credential))).toBe(1);
    expect(await keyturn.items(credential)).toHaveLength(1);
  });
});
