import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyStateSchema } from '../src/rotation/key-state-schema.ts';
import { startFaultyProxy } from './support/faulty-proxy.ts';
import { type Answer, type Keyturn, startKeyturn } from './support/keyturn.ts';

const STRANGER = { sub: 'stranger', client_id: 'stranger' };
const SECRET = 'keyturn/keys/ACME_NL/S2-MANAGED-1';
const managed = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-MANAGED-1' } as const;

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn();
});
afterAll(() => keyturn.close());

const stateIn = ({ status, body }: Answer) => {
  expect(status).toBe(200);
  return v.parse(KeyStateSchema, body);
};

describe("the state of an API credential's key", () => {
  it('tells everything about a key that a caller has just got', async () => {
    const credential = keyturn.newCredential();
    const { rotation } = (await keyturn.rotate(credential)).body;
    expect(stateIn(await keyturn.state(credential))).toEqual({
      credential,
      state: 'pending',
      pendingKey: {
        keyFingerprint: rotation.keyFingerprint,
        rotationId: rotation.id,
        number: 1,
        issuedAt: rotation.completedAt,
        usableFrom: rotation.usableFrom,
      },
      previousKeyExpiresAt: rotation.previousKeyExpiresAt,
      overlap: { until: expect.any(String) },
      lastRotation: { id: rotation.id, number: 1, status: 'succeeded', requestedAt: rotation.requestedAt },
      consumers: [],
    });
  });

  it('has the labels of the managed secret, and which key has them', async () => {
    const before = stateIn(await keyturn.state(managed));
    const current = before.managedSecret?.current;
    expect(before).toMatchObject({ state: 'ok', keyInUse: { versionId: current } });
    const { rotation } = (await keyturn.rotate(managed)).body;
    expect(stateIn(await keyturn.state(managed))).toMatchObject({
      state: 'pending',
      keyInUse: { versionId: current, endsAt: rotation.previousKeyExpiresAt },
      pendingKey: { keyFingerprint: rotation.keyFingerprint, versionId: rotation.id },
      managedSecret: { id: SECRET, arn: rotation.secret.arn, current, pending: rotation.id },
    });
  });

  it('is told from the audit if the managed secret cannot be read', async () => {
    await keyturn.restart({ AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://localhost:1' });
    const answer = await keyturn.state(managed);
    await keyturn.restart({ AWS_ENDPOINT_URL_SECRETS_MANAGER: keyturn.secretsManager.url });
    expect(stateIn(answer)).toMatchObject({
      state: 'pending',
      keyInUse: { versionId: expect.any(String) },
      managedSecret: { id: SECRET, error: 'unreadable' },
    });
  });

  it('says how an unknown outcome ends', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'respond', status: 500 });
    const { rotationId } = (await keyturn.rotate(credential)).body;
    expect(stateIn(await keyturn.state(credential))).toMatchObject({
      state: 'quarantined',
      quarantine: { rotationId, until: expect.any(String) },
      lastRotation: { status: 'unknown', code: 'upstream-failure' },
    });
  });

  it('writes nothing', async () => {
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
    await keyturn.state(managed);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    await proxy.close();
    expect(proxy.operations.length).toBeGreaterThan(0);
    for (const operation of proxy.operations) expect(operation).toMatch(/Query|GetItem/);
  });
});

describe('the state is refused', () => {
  const withoutId = ({ status, body: { requestId: _requestId, ...body } }: Answer) => ({ status, body });

  it('without a grant, as if the API credential did not exist', async () => {
    const existing = withoutId(await keyturn.state(managed, { claims: STRANGER }));
    expect(existing).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(withoutId(await keyturn.state(keyturn.newCredential()))).toEqual(existing);
  });

  it('without a token, and without the scope', async () => {
    expect(await keyturn.state(managed, { claims: null })).toMatchObject({ status: 401 });
    const { status, body } = await keyturn.state(managed, { claims: { scope: 'apikeys:rotate' } });
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('for a path that names no API credential, or holds a key, without an echo', async () => {
    const apiCredentialId = 'AQEpastedInTheWrongPlace';
    const answer = await keyturn.state({ ...managed, apiCredentialId });
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed-request']);
    expect(answer.text + keyturn.output()).not.toContain(apiCredentialId);
  });

  it('while the audit cannot be read', async () => {
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:1' });
    const { status, body } = await keyturn.state(managed);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    expect([status, body.code]).toEqual([503, 'audit-unavailable']);
  });
});
