import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CheckResponseSchema } from '../src/http/check/check-response.ts';
import { MANAGED_KEYS } from '../src/local/adyen-simulator/seed.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { fingerprint } from '../src/rotation/api-key.ts';
import { Secret } from '../src/secret.ts';
import { type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';

// Between two probes of a key that is unauthorized, five seconds pass. The tests do not wait for them.
vi.mock('../src/wiring/sleep.ts', () => ({ sleep: async () => {} }));

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({ UPSTREAM_TIMEOUT_MS: '400' });
});
afterEach(() => {
  keyturn.adyen.faults.clear();
  keyturn.eventBus.setOutage(false);
});
afterAll(() => keyturn.close());

const managed = (number: number): ApiCredential => ({
  level: 'merchants',
  accountId: 'ACME_NL',
  apiCredentialId: `S2-MANAGED-${number}`,
});
const secretOf = ({ apiCredentialId }: ApiCredential) => `keyturn/keys/ACME_NL/${apiCredentialId}`;
const currentOf = (credential: ApiCredential) =>
  keyturn.secretsManager.staged(secretOf(credential)).AWSCURRENT?.id;
const probesOf = (credential: ApiCredential) =>
  keyturn.adyen.probes.filter((probe) => probe.credential === credentialPath(credential));
const orderMe = (credential: ApiCredential, status: number, times: number) =>
  keyturn.adyen.faults.order({
    kind: 'respond',
    operation: 'me',
    credential: credentialPath(credential),
    status,
    times,
  });

async function check(credential: ApiCredential, call: RotateCall = {}) {
  const { status, body } = await keyturn.check(credential, call);
  expect(status).toBe(200);
  return v.parse(CheckResponseSchema, body);
}

describe('a check of one key', () => {
  it('says that the key works, which key that is, and when it was seen', async () => {
    const credential = managed(1);
    const key = MANAGED_KEYS.get(credentialPath(credential)) ?? '';
    const before = Date.now();
    const result = await check(credential);
    expect(result).toEqual({
      result: 'works',
      seen: 'GET /me answered 403',
      versionId: currentOf(credential),
      keyFingerprint: fingerprint(new Secret(key)),
      checkedAt: expect.any(String),
    });
    expect(Date.parse(result.checkedAt)).toBeGreaterThanOrEqual(before);
    expect(probesOf(credential)).toHaveLength(1);
  });

  it('changes nothing if the key works', async () => {
    const credential = managed(1);
    await check(credential);
    expect(await keyturn.items(credential)).toEqual([]);
    expect([keyturn.eventBus.events, keyturn.adyen.received]).toEqual([[], []]);
  });

  it('has a key that is unauthorized three times in a row replaced, and says so', async () => {
    const credential = managed(2);
    orderMe(credential, 401, 3);
    const result = await check(credential);
    expect(result).toMatchObject({ result: 'dead', seen: 'GET /me answered 401', healing: 'started' });
    expect(keyturn.eventBus.events).toMatchObject([
      {
        source: 'keyturn',
        'detail-type': 'ApiKeyDead',
        detail: { credential, versionId: result.versionId, seen: result.seen },
      },
    ]);
    expect(probesOf(credential)).toHaveLength(3);
  });

  it('does not call a key dead after one unauthorized probe', async () => {
    const credential = managed(3);
    orderMe(credential, 401, 1);
    expect(await check(credential)).toMatchObject({ result: 'works' });
  });

  it('says that Adyen gave no clear answer, and starts nothing', async () => {
    const credential = managed(3);
    const events = keyturn.eventBus.events.length;
    orderMe(credential, 500, 5);
    const result = await check(credential);
    expect(result).toMatchObject({ result: 'unclear', seen: 'GET /me answered 500' });
    expect(result).not.toHaveProperty('healing');
    expect(keyturn.eventBus.events).toHaveLength(events);
  });

  it('says that there is no key, and asks Adyen nothing', async () => {
    const credential = { ...managed(1), apiCredentialId: 'S2-MANAGED-98' };
    keyturn.secretsManager.put(secretOf(credential), 'no key');
    const probes = keyturn.adyen.probes.length;
    expect(await check(credential)).toEqual({ result: 'no-key', checkedAt: expect.any(String) });
    expect(keyturn.adyen.probes).toHaveLength(probes);
  });

  it('says what it saw even if the bus does not take the event', async () => {
    const credential = managed(3);
    orderMe(credential, 401, 3);
    keyturn.eventBus.setOutage(true);
    expect(await check(credential)).toMatchObject({ result: 'dead', healing: 'not-started' });
    expect(keyturn.output()).toContain('could not be acted on');
  });

  it('begins no second probe that could not be finished in time', async () => {
    const credential = managed(3);
    orderMe(credential, 401, 1);
    const probes = probesOf(credential).length;
    expect(await check(credential, { remainingMs: 15_000 })).toMatchObject({ result: 'unclear' });
    expect(probesOf(credential)).toHaveLength(probes + 1);
  });

  it('is counted as a checked key, and is in the line of its request', async () => {
    await check(managed(1));
    expect(keyturn.lines().findLast(({ message }) => message === 'request')).toMatchObject({
      route: 'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check',
      check: 'works',
    });
    expect(keyturn.lines().findLast((line) => 'CheckedKeys' in line)).toMatchObject({
      seen: 'works',
      CheckedKeys: 1,
    });
  });

  it('takes an empty JSON object for no body', async () => {
    await check(managed(1), { headers: { 'content-type': 'application/json' }, body: '{}' });
  });
});

describe('a check is refused', () => {
  it.each<[string, ApiCredential, RotateCall, number, string]>([
    ['without a token', managed(1), { claims: null }, 401, 'unauthenticated'],
    ['without the scope', managed(1), { claims: { scope: 'rotations:read' } }, 403, 'forbidden'],
    ['without a grant', managed(1), { claims: { client_id: 'x', sub: 'x' } }, 403, 'forbidden'],
    [
      'without a grant, and the caller does not learn whether there is a managed secret',
      { ...managed(1), apiCredentialId: 'S2-1' },
      { claims: { client_id: 'x', sub: 'x' } },
      403,
      'forbidden',
    ],
    [
      'if the API credential has no managed secret',
      { ...managed(1), apiCredentialId: 'S2-1' },
      {},
      409,
      'no-managed-secret',
    ],
    ['with a query', managed(1), { query: { force: 'true' } }, 400, 'malformed-request'],
    [
      'with a member in the body',
      managed(1),
      { headers: { 'content-type': 'application/json' }, body: '{"force":true}' },
      400,
      'malformed-request',
    ],
  ])('%s', async (_why, credential, call, status, code) => {
    const probes = keyturn.adyen.probes.length;
    expect(await keyturn.check(credential, call)).toMatchObject({ status, body: { code, status } });
    expect(keyturn.adyen.probes).toHaveLength(probes);
  });

  it('if the managed secret cannot be read', async () => {
    keyturn.secretsManager.put(secretOf(managed(4)), '{"apiKey":"AQEx"}');
    await keyturn.restart({ AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://localhost:9' });
    const answer = await keyturn.check(managed(4));
    await keyturn.restart({ AWS_ENDPOINT_URL_SECRETS_MANAGER: keyturn.secretsManager.url });
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'managed-secret-unavailable', retryable: true },
    });
  });
});

it('no key or token is in any log line of a check', () => {
  expect(keyturn.output()).not.toMatch(/AQE|eyJ/);
});
