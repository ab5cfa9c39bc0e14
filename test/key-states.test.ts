import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { KeyStateListSchema } from '../src/rotation/key-state-schema.ts';
import { type Answer, type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';

const AUDITOR = { sub: 'auditor', client_id: 'auditor' };
const MANAGED = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-MANAGED-1' } as const;

let keyturn: Keyturn;
let usable: ApiCredential[];
let unknown: ApiCredential;
beforeAll(async () => {
  keyturn = await startKeyturn({
    KEY_PROPAGATION_SECONDS: '0',
    KEY_MAX_AGE_DAYS: '90',
    CALLER_GRANTS: JSON.stringify({
      'client:local-app': ['merchants/ACME_NL/apiCredentials/*'],
      'client:auditor': ['*/*/apiCredentials/*'],
    }),
  });
  usable = [keyturn.newCredential(), keyturn.newCredential(), keyturn.newCredential()];
  for (const credential of [...usable, MANAGED]) await keyturn.rotate(credential);
  unknown = keyturn.newCredential();
  keyturn.adyen.faults.order({ kind: 'respond', status: 500 });
  await keyturn.rotate(unknown);
  await keyturn.rotate(keyturn.newCredential('companies'), { claims: AUDITOR });
});
afterAll(() => keyturn.close());

const list = ({ status, body }: Answer) => {
  expect(status).toBe(200);
  return v.parse(KeyStateListSchema, body);
};
const pathsIn = (answer: Answer) =>
  list(answer).apiCredentials.map(({ credential }) => credentialPath(credential));
const states = (query: Record<string, string> = {}, call: RotateCall = {}) =>
  keyturn.states({ query, ...call });

describe('the list of the states of keys', () => {
  const mine = () => [MANAGED, ...usable, unknown].map(credentialPath);

  it('has the short form of each state that the caller may see', async () => {
    const answer = await states();
    expect(pathsIn(answer)).toEqual(mine());
    for (const summary of list(answer).apiCredentials) {
      const {
        consumers: _consumers,
        lastCheck: _check,
        managedSecret,
        ...state
      } = (await keyturn.state(summary.credential)).body;
      const { ageSeconds: _age, ...keyInUse } = state.keyInUse ?? {};
      const { ageSeconds: _sameAge, ...sameKey } = summary.keyInUse ?? {};
      expect({ ...summary, keyInUse: sameKey }).toEqual({ ...state, keyInUse });
      expect(managedSecret !== undefined).toBe(summary.credential.apiCredentialId === 'S2-MANAGED-1');
    }
  });

  it('comes in pages, and shows others what they may see', async () => {
    const first = await states({ limit: '2' });
    const second = await states({ limit: '3', cursor: list(first).nextCursor ?? '' });
    expect([...pathsIn(first), ...pathsIn(second)]).toEqual(mine());
    expect(list(second)).not.toHaveProperty('nextCursor');
    expect(pathsIn(await states({}, { claims: AUDITOR }))).toEqual([
      expect.stringMatching(/^companies\//),
      ...mine(),
    ]);
    expect(list(await states({}, { claims: { sub: 'stranger', client_id: 'stranger' } }))).toEqual({
      apiCredentials: [],
    });
  });

  it('goes on behind the longest names', async () => {
    const name = 'Z'.repeat(128);
    const cursor = Buffer.from(`merchants/${name}#${name}`).toString('base64url');
    expect(list(await states({ cursor }))).toEqual({ apiCredentials: [] });
  });

  it('is filtered by state', async () => {
    expect(pathsIn(await states({ state: 'quarantined' }))).toEqual([credentialPath(unknown)]);
    expect(pathsIn(await states({ state: 'pending' }))).toEqual([credentialPath(MANAGED)]);
    expect(pathsIn(await states({ state: 'overlap' }))).toEqual(usable.map(credentialPath));
    expect(pathsIn(await states({ state: 'dead' }))).toEqual([]);
  });

  it('is filtered by due date', async () => {
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    expect(pathsIn(await states({ dueBefore: inDays(91) }))).toEqual(usable.map(credentialPath));
    expect(pathsIn(await states({ dueBefore: inDays(89) }))).toEqual([]);
  });

  it('has a short page with a cursor if the filter leaves entries of it out', async () => {
    const first = list(await states({ state: 'quarantined', limit: '2' }));
    expect(first.apiCredentials).toEqual([]);
    const found: string[] = [];
    let { nextCursor } = first;
    while (nextCursor) {
      const answer = await states({ state: 'quarantined', limit: '2', cursor: nextCursor });
      found.push(...pathsIn(answer));
      nextCursor = list(answer).nextCursor;
    }
    expect(found).toEqual([credentialPath(unknown)]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an unknown state', { state: 'fine' }, 'malformed-request'],
    ['a date without a time', { dueBefore: '2026-12-01' }, 'malformed-request'],
    ['a limit that is too high', { limit: '101' }, 'malformed-request'],
    ['an unknown parameter', { account: 'ACME' }, 'malformed-request'],
    ['garbage as a cursor', { cursor: '%%%' }, 'invalid-cursor'],
    ['a cursor of another listing', { cursor: 'Nw' }, 'invalid-cursor'],
    [
      'a position that is none',
      { cursor: Buffer.from('merchants/A#B#C').toString('base64url') },
      'invalid-cursor',
    ],
  ])('is refused with %s', async (_what, query, code) => {
    const { status, body } = await states(query);
    expect([status, body.code]).toEqual([400, code]);
  });

  it('is refused without a token, without the scope, and while the audit cannot be read', async () => {
    expect(await states({}, { claims: null })).toMatchObject({ status: 401 });
    expect(await states({}, { claims: { scope: 'apikeys:rotate' } })).toMatchObject({ status: 403 });
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:1' });
    const { status, body } = await states();
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    expect([status, body.code]).toEqual([503, 'audit-unavailable']);
  });
});
