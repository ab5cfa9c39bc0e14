import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromItem } from '../src/dynamodb/item.ts';
import { AcknowledgeResponseSchema } from '../src/http/consumers/acknowledge-endpoint.ts';
import { ProblemSchema } from '../src/http/problems/problem.ts';
import { LOCAL_TABLE } from '../src/local/settings.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { isAsSealed } from '../src/rotation/seal.ts';
import { startFaultyProxy } from './support/faulty-proxy.ts';
import { type Answer, type Keyturn, startKeyturn } from './support/keyturn.ts';

const SOME_KEY = 'AQEkeyOfTheConsumer';

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({ ROTATION_MIN_INTERVAL_SECONDS: '0', KEY_PROPAGATION_SECONDS: '0' });
});
afterAll(() => keyturn.close());

const rotate = async (credential: ApiCredential): Promise<string> =>
  (await keyturn.rotate(credential)).body.rotation.keyFingerprint;
const detail = async (credential: ApiCredential) => {
  const route = 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations';
  const { body } = await keyturn.read(route, { pathParameters: { ...credential } });
  return body.rotations[0];
};

describe('a consumer', () => {
  it('says which key it uses, and the state shows it', async () => {
    const credential = keyturn.newCredential();
    const earlier = await rotate(credential);
    const keyFingerprint = await rotate(credential);
    const answer = await keyturn.acknowledge(credential, 'checkout-eu', { keyFingerprint });
    await keyturn.acknowledge(credential, 'batch', { keyFingerprint: earlier });
    expect(answer.status).toBe(200);
    const { rotationId, ...consumer } = v.parse(AcknowledgeResponseSchema, answer.body);
    expect(rotationId).toBe((await detail(credential)).id);
    expect((await keyturn.state(credential)).body.consumers).toEqual([
      expect.objectContaining({ consumerId: 'batch', keyFingerprint: earlier, key: 'earlier' }),
      { ...consumer, key: 'in-use' },
    ]);
  });

  it('may say the same again: it has used the key since the first time', async () => {
    const credential = keyturn.newCredential();
    const keyFingerprint = await rotate(credential);
    const first = await keyturn.acknowledge(credential, 'checkout', { keyFingerprint });
    await pause(2);
    const second = await keyturn.acknowledge(credential, 'checkout', { keyFingerprint });
    expect(second.body).toEqual({ ...first.body, acknowledgedAt: second.body.acknowledgedAt });
    expect(second.body.acknowledgedAt > first.body.acknowledgedAt).toBe(true);
    const { timeline } = await detail(credential);
    expect(timeline.map(({ event }: { event: string }) => event)).toEqual([
      'started',
      'succeeded',
      'acknowledged',
    ]);
  });

  it('uses the next key from the time at which it says so', async () => {
    const credential = keyturn.newCredential();
    await keyturn.acknowledge(credential, 'checkout', { keyFingerprint: await rotate(credential) });
    const answer = await keyturn.acknowledge(credential, 'checkout', {
      keyFingerprint: await rotate(credential),
    });
    expect(answer.body.since).toBe(answer.body.acknowledgedAt);
  });

  it('costs one conditional write, and one more the first time if the delivery was unconfirmed', async () => {
    const credential = keyturn.newCredential();
    const keyFingerprint = await rotate(credential);
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
    const writesOf = async () => {
      const before = proxy.operations.length;
      await keyturn.acknowledge(credential, 'checkout', { keyFingerprint });
      return proxy.operations.slice(before).filter((operation) => !/Query|GetItem/.test(operation));
    };
    const writes = [await writesOf(), await writesOf()];
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    await proxy.close();
    expect(writes.map((operations) => operations.map((name) => name.replace(/.*\./, '')))).toEqual([
      ['PutItem', 'UpdateItem'],
      ['PutItem'],
    ]);
  });

  it('is forgotten after 90 days, by the TTL of the table', async () => {
    const credential = keyturn.newCredential();
    const keyFingerprint = await rotate(credential);
    const { body } = await keyturn.acknowledge(credential, 'checkout', { keyFingerprint });
    const table = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: keyturn.dynamoDb.url }));
    const { Items } = await table.send(
      new QueryCommand({
        TableName: LOCAL_TABLE,
        KeyConditionExpression: 'credential = :partition',
        ExpressionAttributeValues: { ':partition': `consumers/${credentialPath(credential)}` },
      }),
    );
    table.destroy();
    const expiresAt = Math.ceil(Date.parse(body.acknowledgedAt) / 1000 + 90 * 86_400);
    expect(Items).toMatchObject([{ number: 'checkout', expiresAt }]);
  });
});

describe('a key that only its caller got', () => {
  it('is confirmed by the first consumer that uses it, and its record stays as it was sealed', async () => {
    const credential = keyturn.newCredential();
    const keyFingerprint = await rotate(credential);
    expect((await detail(credential)).delivery).toBe('unconfirmed');
    await keyturn.acknowledge(credential, 'checkout', { keyFingerprint });
    const { delivery, timeline } = await detail(credential);
    expect(delivery).toBe('confirmed');
    expect(timeline.at(-1)).toMatchObject({ event: 'acknowledged', detail: 'by checkout' });
    const [item = {}] = await keyturn.items(credential);
    const record = fromItem(item);
    expect(record.status !== 'started' && isAsSealed(record)).toBe(true);
  });

  it('leaves the record of a key in a managed secret alone: that has arrived', async () => {
    const credential = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-MANAGED-2' } as const;
    const keyFingerprint = await rotate(credential);
    const { status } = await keyturn.acknowledge(credential, 'checkout', { keyFingerprint });
    const { delivery, timeline } = await detail(credential);
    expect([status, delivery, timeline.length]).toEqual([200, undefined, 2]);
  });
});

describe('an acknowledgement is refused', () => {
  let credential: ApiCredential;
  let keyFingerprint: string;
  beforeAll(async () => {
    credential = keyturn.newCredential();
    keyFingerprint = await rotate(credential);
  });
  const problemOf = ({ status, body }: Answer) => {
    v.parse(ProblemSchema, body);
    return [status, body.code];
  };
  const send = (body: object | string, consumerId = 'checkout', call = {}) =>
    keyturn.acknowledge(credential, consumerId, body, call);

  it('for a key that no rotation of the API credential has made', async () => {
    const other = await rotate(keyturn.newCredential());
    expect(problemOf(await send({ keyFingerprint: other }))).toEqual([422, 'unknown-key']);
    expect((await keyturn.state(credential)).body.consumers).toEqual([]);
  });

  it.each<[string, object | string]>([
    ['as the fingerprint', { keyFingerprint: SOME_KEY }],
    ['beside the fingerprint', { keyFingerprint: 'sha256:0123456789abcdef', apiKey: SOME_KEY }],
    ['as the name of a field', { [SOME_KEY]: true }],
    ['as the whole body', SOME_KEY],
    ['as a JSON text', JSON.stringify(SOME_KEY)],
  ])('with a key %s, without an echo', async (_where, body) => {
    const answer = await send(body);
    expect(problemOf(answer)).toEqual([400, 'malformed-request']);
    expect(answer.text + keyturn.output()).not.toContain(SOME_KEY);
  });

  it('with a key as the name of the consumer, without an echo', async () => {
    const answer = await send({ keyFingerprint }, SOME_KEY);
    expect(problemOf(answer)).toEqual([400, 'malformed-request']);
    expect(answer.text + keyturn.output()).not.toContain(SOME_KEY);
  });

  it.each<[string, object | string, string?, object?]>([
    ['without a body', ''],
    ['with a list', '[]'],
    ['with a consumer that has no name', { keyFingerprint: 'sha256:0123456789abcdef' }, '..'],
    [
      'with a query parameter',
      { keyFingerprint: 'sha256:0123456789abcdef' },
      'checkout',
      { query: { force: '1' } },
    ],
  ])('%s', async (_what, body, consumerId, call) => {
    expect(problemOf(await send(body, consumerId, call))).toEqual([400, 'malformed-request']);
  });

  it('without a fingerprint, which it names', async () => {
    const { body } = await send({});
    expect(body.invalidFields).toEqual([{ name: 'keyFingerprint', message: 'is missing' }]);
  });

  it('with a body that is not JSON or too large', async () => {
    const text = { headers: { 'content-type': 'text/plain' } };
    const event = await keyturn.acknowledge(credential, 'checkout', `"${'x'.repeat(11_000)}"`);
    expect(problemOf(event)).toEqual([413, 'content-too-large']);
    expect(problemOf(await send({ keyFingerprint }, 'checkout', text))).toEqual([
      415,
      'unsupported-media-type',
    ]);
  });

  it('without a token, without the scope, and without a grant, which writes and reads nothing', async () => {
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
    const before = proxy.operations.length;
    const as = (claims: object | null) => send({ keyFingerprint }, 'checkout', { claims });
    const answers = [
      await as(null),
      await as({ scope: 'apikeys:rotate rotations:read' }),
      await as({ sub: 'stranger', client_id: 'stranger' }),
    ];
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    await proxy.close();
    expect(answers.map(problemOf)).toEqual([
      [401, 'unauthenticated'],
      [403, 'forbidden'],
      [403, 'forbidden'],
    ]);
    expect(proxy.operations.slice(before)).toEqual([]);
  });

  it('while the audit cannot be used', async () => {
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:1' });
    const answer = await send({ keyFingerprint });
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    expect(problemOf(answer)).toEqual([503, 'audit-unavailable']);
  });
});
