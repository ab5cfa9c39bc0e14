import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiCredential } from '../src/rotation/api-credential.ts';
import { type Keyturn, startKeyturn } from './support/keyturn.ts';

const JSON_TYPE = { headers: { 'content-type': 'application/json' } };

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({
    MANAGED_SECRETS: '{"merchants/ACME_NL/apiCredentials/*":"keyturn/keys/{apiCredentialId}"}',
  });
});
afterAll(() => keyturn.close());

let credential: ApiCredential;
let secret: string;
let events: number;
beforeEach(() => {
  credential = keyturn.newCredential();
  secret = `keyturn/keys/${credential.apiCredentialId}`;
  keyturn.secretsManager.put(secret, '{"apiKey":"AQEfirst"}');
  events = keyturn.eventBus.events.length;
});

const staged = () => keyturn.secretsManager.staged(secret);
const newEvents = () => keyturn.eventBus.events.slice(events).map((event) => event['detail-type']);
const lastLine = (name: string) => keyturn.lines().findLast((line) => name in line);

describe('a rotation over HTTP of an API credential with a managed secret', () => {
  it('stores the key as AWSPENDING before it responds, and says where', async () => {
    const before = staged().AWSCURRENT;
    const { status, body } = await keyturn.rotate(credential);
    expect(status).toBe(200);
    expect(body.rotation.secret).toEqual({
      arn: expect.stringContaining(secret),
      versionId: body.rotation.id,
      stage: 'AWSPENDING',
    });
    expect(JSON.parse(staged().AWSPENDING?.value ?? '')).toEqual({
      apiKey: body.apiKey,
      rotationId: body.rotation.id,
    });
    expect(staged().AWSCURRENT).toEqual(before);
  });

  it('puts ApiKeyIssued on the bus, so that the workflow resumes the key', async () => {
    const { body } = await keyturn.rotate(credential, { body: '{"reason":"quarterly"}', ...JSON_TYPE });
    expect(newEvents()).toEqual(['ApiKeyIssued']);
    expect(keyturn.eventBus.events.at(-1)).toMatchObject({
      source: 'keyturn',
      detail: {
        rotationId: body.rotation.id,
        credential,
        reason: 'quarterly',
        secret: { versionId: body.rotation.id },
      },
    });
    expect(JSON.stringify(keyturn.eventBus.events)).not.toContain(body.apiKey);
  });

  it('reads the key back for a replay', async () => {
    const headers = { 'idempotency-key': 'one' };
    const first = await keyturn.rotate(credential, { headers });
    const again = await keyturn.rotate(credential, { headers });
    expect(again.headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(again.body).toEqual(first.body);
  });

  it('responds to a replay without the key if the key cannot be read back', async () => {
    const headers = { 'idempotency-key': 'one' };
    const first = await keyturn.rotate(credential, { headers });
    keyturn.secretsManager.setOutage(true);
    const again = await keyturn.rotate(credential, { headers });
    keyturn.secretsManager.setOutage(false);
    expect([again.status, again.body]).toEqual([200, { rotation: first.body.rotation }]);
  });

  it('takes AWSPENDING from the key of an earlier rotation', async () => {
    const first = await keyturn.rotate(credential);
    const forced = {
      body: '{"force":true}',
      ...JSON_TYPE,
      claims: { scope: 'apikeys:rotate apikeys:force' },
    };
    const second = await keyturn.rotate(credential, forced);
    expect(staged().AWSPENDING?.id).toBe(second.body.rotation.id);
    expect(staged().AWSPENDING?.id).not.toBe(first.body.rotation.id);
  });

  it('stores and publishes nothing for an API credential without a managed secret', async () => {
    const { body } = await keyturn.rotate(keyturn.newCredential('companies'));
    expect(body.rotation).not.toHaveProperty('secret');
    expect(newEvents()).toEqual([]);
  });

  it('publishes its failure and its unknown outcome', async () => {
    keyturn.adyen.faults.order({ kind: 'respond', status: 422 });
    await keyturn.rotate(credential);
    keyturn.adyen.faults.order({ kind: 'cut', when: 'after' });
    await keyturn.rotate(credential);
    expect(newEvents()).toEqual(['ApiKeyRotationFailed', 'ApiKeyRotationUnknown']);
  });

  it('keeps its event in the outbox if the event cannot be put on the bus', async () => {
    keyturn.eventBus.setOutage(true);
    const { status, body } = await keyturn.rotate(credential);
    keyturn.eventBus.setOutage(false);
    expect([status, body.apiKey]).toEqual([200, expect.stringMatching(/^AQE/)]);
    expect(newEvents()).toEqual([]);
    expect(await keyturn.items(credential)).toMatchObject([{ outbox: { event: 'ApiKeyIssued' } }]);
    expect(lastLine('UnsentEvents')).toMatchObject({ UnsentEvents: 1 });
  });
});

describe('if the key cannot be stored', () => {
  it('the caller still gets it, and the response and the audit say that it was not stored', async () => {
    // Once the management credential is cached, Secrets Manager is called for the managed secret only.
    await keyturn.rotate(keyturn.newCredential());
    keyturn.secretsManager.setOutage(true);
    const { status, body } = await keyturn.rotate(credential);
    keyturn.secretsManager.setOutage(false);
    expect([status, body.apiKey]).toEqual([200, expect.stringMatching(/^AQE/)]);
    expect(body.rotation.secret).toEqual({ id: secret, error: 'not-stored' });
    expect(await keyturn.items(credential)).toMatchObject([
      {
        status: 'succeeded',
        secret: { id: secret, error: 'not-stored' },
        timeline: [{ event: 'started' }, { event: 'succeeded', detail: 'the key was not stored' }],
      },
    ]);
    expect(keyturn.output()).not.toContain(body.apiKey);
    expect(lastLine('IssuedKeys')).toMatchObject({ outcome: 'not-stored' });
  });
});

describe('the record of a rotation with a managed secret', () => {
  it('shows over HTTP where the key was stored', async () => {
    const { body } = await keyturn.rotate(credential);
    const route = 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations';
    const list = await keyturn.read(route, { pathParameters: credential });
    expect(list.body.rotations).toMatchObject([{ secret: body.rotation.secret }]);
  });
});
