import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_SECRET_ID } from '../src/local/settings.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type FaultyProxy, startFaultyProxy } from './support/faulty-proxy.ts';
import { type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';

const received = (keyturn: Keyturn, path: string) =>
  keyturn.adyen.received.filter((call) => call.credential === path).length;

describe('when DynamoDB fails', () => {
  let keyturn: Keyturn;
  let proxy: FaultyProxy;
  beforeAll(async () => {
    keyturn = await startKeyturn();
    proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
  });
  afterAll(async () => {
    await keyturn.close();
    await proxy.close();
  });

  const force: RotateCall = {
    claims: { scope: 'apikeys:rotate apikeys:force' },
    headers: { 'content-type': 'application/json' },
    body: '{"force":true}',
  };

  it.each<[string, string, number]>([
    ['the read of the newest rotation', 'Query', 0],
    ['the registration of the API credential', 'PutItem', 0],
    ['the start', 'PutItem', 1],
  ])('at %s, the caller gets 503 and no rotation starts', async (_when, operation, earlier) => {
    const credential = keyturn.newCredential();
    for (let turn = 0; turn < earlier; turn += 1) await keyturn.rotate(credential);
    // Two attempts each; two names are registered at once.
    proxy.fail(operation, 'refuse', 'refuse', ...(earlier === 0 ? (['refuse', 'refuse'] as const) : []));
    const { status, body } = await keyturn.rotate(credential, force);
    proxy.fail(operation);
    expect([status, body.code, body.retryable]).toEqual([503, 'audit-unavailable', true]);
    expect(received(keyturn, credentialPath(credential))).toBe(earlier);
    expect(await keyturn.items(credential)).toHaveLength(earlier);
  });

  it('for a moment, the rotation continues', async () => {
    const credential = keyturn.newCredential();
    proxy.fail('PutItem', 'refuse');
    expect((await keyturn.rotate(credential)).status).toBe(200);
  });

  it.each(['PutItem', 'UpdateItem'])(
    'to respond to a %s that it has carried out, the rotation continues',
    async (operation) => {
      const credential = keyturn.newCredential();
      proxy.fail(operation, 'lose-response');
      const { status, body } = await keyturn.rotate(credential);
      expect(status).toBe(200);
      expect(await keyturn.items(credential)).toMatchObject([{ id: body.rotation.id, status: 'succeeded' }]);
      expect(received(keyturn, credentialPath(credential))).toBe(1);
    },
  );

  it('at the close, the caller still gets the key, and the rotation stays open for the sweep', async () => {
    const credential = keyturn.newCredential();
    proxy.fail('UpdateItem', 'refuse', 'refuse');
    const { status, body } = await keyturn.rotate(credential);
    expect([status, body.apiKey]).toEqual([200, expect.stringMatching(/^AQE/)]);
    expect(await keyturn.items(credential)).toMatchObject([{ id: body.rotation.id, status: 'started' }]);
    expect(keyturn.lines()).toContainEqual(
      expect.objectContaining({ level: 'ERROR', rotationId: body.rotation.id }),
    );
    expect(await keyturn.rotate(credential)).toMatchObject({
      status: 409,
      body: { code: 'rotation-in-progress', rotationId: body.rotation.id },
    });
  });

  it('during the call to Adyen, the record of intent is already written', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'latency', when: 'before', ms: 300 });
    const rotation = keyturn.rotate(credential);
    await expect.poll(() => received(keyturn, credentialPath(credential))).toBe(1);
    expect(await keyturn.items(credential)).toMatchObject([{ status: 'started' }]);
    await rotation;
  });

  it('few calls are at risk: three, three more the first two times, one more with an idempotency key', async () => {
    const credential = keyturn.newCredential();
    const operationsOf = async (call: RotateCall) => {
      proxy.operations.length = 0;
      expect((await keyturn.rotate(credential, call)).status).toBe(200);
      return proxy.operations;
    };
    // The puts into the index are sent beside the update.
    const withIndex = [...Array(4).fill('PutItem'), 'Query', 'UpdateItem'];
    expect((await operationsOf({})).toSorted()).toEqual(withIndex);
    expect((await operationsOf(force)).toSorted()).toEqual(withIndex);
    expect(await operationsOf(force)).toEqual(['Query', 'PutItem', 'UpdateItem']);
    const headers = { ...force.headers, 'idempotency-key': 'one' };
    expect(await operationsOf({ ...force, headers })).toEqual(['Query', 'Query', 'PutItem', 'UpdateItem']);
  });
});

describe('when Secrets Manager fails', () => {
  let keyturn: Keyturn;
  beforeAll(async () => {
    keyturn = await startKeyturn();
  });
  afterAll(() => keyturn.close());

  it.each<[string, (keyturn: Keyturn) => void]>([
    ['is down', ({ secretsManager }) => secretsManager.setOutage(true)],
    ['holds an invalid value', ({ secretsManager }) => secretsManager.put(LOCAL_SECRET_ID, 'AQE-bare')],
  ])(
    'because it %s, no rotation starts, and the next request reads the secret again',
    async (_why, breakIt) => {
      const credential = keyturn.newCredential();
      const { value = '' } = keyturn.secretsManager.staged(LOCAL_SECRET_ID).AWSCURRENT ?? {};
      breakIt(keyturn);
      await keyturn.restart();
      const { status, body } = await keyturn.rotate(credential);
      expect([status, body.code, body.retryable]).toEqual([503, 'management-credential-unavailable', true]);
      expect(await keyturn.items(credential)).toEqual([]);
      keyturn.secretsManager.setOutage(false);
      keyturn.secretsManager.put(LOCAL_SECRET_ID, value);
      expect((await keyturn.rotate(credential)).status).toBe(200);
    },
  );
});

describe('when Adyen cannot be reached', () => {
  it('the call is tried three times, and the caller may try again at once', async () => {
    const keyturn = await startKeyturn({ ADYEN_MANAGEMENT_URL: 'http://localhost:1/v3' });
    const credential = keyturn.newCredential();
    const { status, body } = await keyturn.rotate(credential);
    expect([status, body.code, body.retryable]).toEqual([503, 'upstream-unreachable', true]);
    expect(await keyturn.items(credential)).toMatchObject([
      { status: 'failed', code: 'upstream-unreachable', upstream: { attempts: 3 } },
    ]);
    expect((await keyturn.rotate(credential)).body.code).toBe('upstream-unreachable');
    await keyturn.close();
  });
});

describe('when the token issuer cannot be reached', () => {
  it('the caller is not refused: it may try again with the same token', async () => {
    const keyturn = await startKeyturn({ OIDC_JWKS_URI: 'http://localhost:1/jwks' });
    const credential = keyturn.newCredential();
    const { status, body } = await keyturn.rotate(credential);
    expect([status, body.code, body.retryable]).toEqual([503, 'issuer-unavailable', true]);
    expect(await keyturn.items(credential)).toEqual([]);
    await keyturn.close();
  });
});
