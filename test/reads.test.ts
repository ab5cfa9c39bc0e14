import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RotationDetailSchema, RotationListSchema } from '../src/http/history/rotation-detail.ts';
import { ProblemSchema } from '../src/http/problems/problem.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { startFaultyProxy } from './support/faulty-proxy.ts';
import { type Answer, type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';

const OF_CREDENTIAL = 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations';
const ALL = 'GET /v1/rotations';
const ONE = 'GET /v1/rotations/{rotationId}';
const AUDITOR = { sub: 'auditor', client_id: 'auditor' };
const STRANGER = { sub: 'stranger', client_id: 'stranger' };

let keyturn: Keyturn;
let credential: ApiCredential;
let rotated: Answer[];

beforeAll(async () => {
  keyturn = await startKeyturn({
    ROTATION_MIN_INTERVAL_SECONDS: '0',
    ROTATION_QUARANTINE_SECONDS: '0',
    CALLER_GRANTS: JSON.stringify({
      'client:local-app': ['merchants/ACME_NL/apiCredentials/*'],
      'client:auditor': ['*/*/apiCredentials/*'],
      'subject:companies': ['companies/*/apiCredentials/*'],
    }),
  });
  credential = keyturn.newCredential();
  rotated = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const fails = turn === 1 || turn === 3;
    if (fails) keyturn.adyen.faults.order({ kind: 'respond', status: turn === 1 ? 422 : 500 });
    rotated.push(
      await keyturn.rotate(credential, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reason: `turn ${turn}` }),
      }),
    );
  }
});
afterAll(() => keyturn.close());

const idOf = ({ body }: Answer): string => body.rotation?.id ?? body.rotationId;
const newestFirst = () => rotated.map(idOf).reverse();
const idsOf = ({ body }: Answer): string[] => v.parse(RotationListSchema, body).rotations.map(({ id }) => id);
const ofCredential = (call: RotateCall = {}) =>
  keyturn.read(OF_CREDENTIAL, { pathParameters: { ...credential }, ...call });
const one = (rotationId: string, call: RotateCall = {}) =>
  keyturn.read(ONE, { pathParameters: { rotationId }, ...call });

describe('the detail of a rotation', () => {
  it('has who, what, when, why, and the outcome', async () => {
    const { status, body } = await one(newestFirst()[0] ?? '');
    expect(status).toBe(200);
    expect(v.parse(RotationDetailSchema, body)).toEqual({
      ...rotated[4]?.body.rotation,
      number: 5,
      requestedBy: { source: 'http', subject: 'local-app', clientId: 'local-app', sourceIp: '127.0.0.1' },
      reason: 'turn 4',
      force: false,
      requestId: expect.stringMatching(/^gateway-/),
      upstream: { status: 200, requestId: expect.any(String), attempts: 1, durationMs: expect.any(Number) },
      delivery: 'unconfirmed',
      chain: expect.stringMatching(/^sha256:/),
      timeline: [
        { at: body.requestedAt, event: 'started' },
        { at: body.completedAt, event: 'succeeded' },
      ],
    });
  });

  it('has the code of a failure, and the quarantine of an unknown outcome', async () => {
    const [, unknown, , failed] = await Promise.all(newestFirst().map((id) => one(id)));
    expect(failed?.body).toMatchObject({
      status: 'failed',
      code: 'upstream-validation',
      upstream: { status: 422 },
    });
    expect(unknown?.body).toMatchObject({
      status: 'unknown',
      code: 'upstream-failure',
      quarantinedUntil: expect.any(String),
    });
  });

  it('has the end of the lease while the rotation runs', async () => {
    const running = keyturn.newCredential();
    keyturn.adyen.faults.order({
      kind: 'latency',
      when: 'after',
      ms: 300,
      credential: credentialPath(running),
    });
    const rotation = keyturn.rotate(running);
    await expect.poll(() => keyturn.items(running)).toHaveLength(1);
    const { body } = await keyturn.read(OF_CREDENTIAL, { pathParameters: { ...running } });
    expect(body.rotations).toMatchObject([{ status: 'started', leaseExpiresAt: expect.any(String) }]);
    await rotation;
  });

  it('is found through the problem that names the rotation', async () => {
    const { instance, rotationId } = rotated[3]?.body ?? {};
    expect(instance).toBe(`/v1/rotations/${rotationId}`);
    expect((await one(rotationId)).body.id).toBe(rotationId);
  });
});

describe('the rotations of an API credential', () => {
  it('come newest first, in pages', async () => {
    const first = await ofCredential({ query: { limit: '3' } });
    const second = await ofCredential({ query: { limit: '3', cursor: first.body.nextCursor } });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(newestFirst());
    expect(second.body).not.toHaveProperty('nextCursor');
  });

  it('are an empty list if there are none', async () => {
    const none = await keyturn.read(OF_CREDENTIAL, {
      pathParameters: { ...credential, apiCredentialId: 'NONE' },
    });
    expect([none.status, none.body]).toEqual([200, { rotations: [] }]);
  });
});

describe('all rotations', () => {
  it('come newest first, in pages, of every credential that the caller may see', async () => {
    const other = keyturn.newCredential('companies');
    await keyturn.rotate(other, { claims: AUDITOR });
    const seen = idsOf(await keyturn.read(ALL, { query: { limit: '100' }, claims: AUDITOR }));
    expect(seen).toEqual(expect.arrayContaining(newestFirst()));
    const first = await keyturn.read(ALL, { query: { limit: '1' }, claims: AUDITOR });
    const second = await keyturn.read(ALL, {
      query: { limit: '1', cursor: first.body.nextCursor },
      claims: AUDITOR,
    });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(seen.slice(0, 2));
  });

  it('can be filtered by status and time', async () => {
    const { completedAt } = (await one(newestFirst()[2] ?? '')).body;
    const query = { status: 'unknown', from: completedAt, to: '2999-01-01T00:00:00+01:00' };
    expect(idsOf(await keyturn.read(ALL, { query }))).toEqual([newestFirst()[1]]);
  });

  it('are an empty list if there are none', async () => {
    const { status, body } = await keyturn.read(ALL, { query: { to: '2020-01-01T00:00:00Z' } });
    expect([status, body]).toEqual([200, { rotations: [] }]);
  });
});

describe('a caller without the grant', () => {
  const withoutId = ({ status, body: { requestId: _requestId, ...body } }: Answer) => ({ status, body });

  it('cannot tell a rotation that exists from one that does not', async () => {
    const existing = await one(newestFirst()[0] ?? '', { claims: STRANGER });
    const missing = await one('01a209c9-b829-73cb-ae09-044a487139f9', { claims: AUDITOR });
    expect(withoutId(existing)).toEqual(withoutId(missing));
    expect(existing.status).toBe(404);
  });

  it('causes the same reads of the table for both', async () => {
    const proxy = await startFaultyProxy(keyturn.dynamoDb.url);
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
    const askedFor = async (id: string) => {
      const before = proxy.operations.length;
      await one(id, { claims: STRANGER });
      return proxy.operations.slice(before);
    };
    const existing = await askedFor(newestFirst()[0] ?? '');
    expect(existing).toEqual(await askedFor('01a209c9-b829-73cb-ae09-044a487139f9'));
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
    await proxy.close();
  });

  it('cannot tell a credential that exists from one that does not', async () => {
    const existing = await ofCredential({ claims: STRANGER });
    const missing = await ofCredential({
      claims: AUDITOR,
      pathParameters: { ...credential, apiCredentialId: 'NONE' },
    });
    expect(withoutId(existing)).toEqual(withoutId(missing));
  });

  it('sees no rotations of others in a listing', async () => {
    const { body } = await keyturn.read(ALL, { claims: { sub: 'companies', client_id: 'companies' } });
    expect(
      body.rotations.every(
        (rotation: { credential: ApiCredential }) => rotation.credential.level === 'companies',
      ),
    ).toBe(true);
    expect((await keyturn.read(ALL, { claims: STRANGER })).body).toEqual({ rotations: [] });
  });

  it('cannot use the cursor of a caller that has it', async () => {
    const { nextCursor } = (await keyturn.read(ALL, { query: { limit: '1' }, claims: AUDITOR })).body;
    const answer = await keyturn.read(ALL, { query: { cursor: nextCursor }, claims: STRANGER });
    expect(answer.body).toEqual({ rotations: [] });
  });
});

describe('reading is refused', () => {
  it.each([ALL, ONE, OF_CREDENTIAL])('without a token, and without the scope: %s', async (route) => {
    const call = { pathParameters: { ...credential, rotationId: 'x' } };
    expect(await keyturn.read(route, { ...call, claims: null })).toMatchObject({ status: 401 });
    expect(await keyturn.read(route, { ...call, claims: { scope: 'apikeys:rotate' } })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a limit of 0', { limit: '0' }, 'limit'],
    ['a limit of 101', { limit: '101' }, 'limit'],
    ['a limit that is not a number', { limit: '1e1' }, 'limit'],
    ['two limits, as the gateway joins them', { limit: '1,2' }, 'limit'],
    ['a time without a zone', { from: '2026-11-23T12:00:00' }, 'from'],
    ['a time that does not exist', { to: '2026-13-23T12:00:00Z' }, 'to'],
    ['microseconds', { from: '2026-11-23T12:00:00.000001Z' }, 'from'],
    [
      'a range that ends before it begins',
      { from: '2026-11-24T00:00:00Z', to: '2026-11-23T00:00:00Z' },
      'to',
    ],
    ['an unknown status', { status: 'done' }, 'status'],
    ['an unknown parameter', { account: 'ACME' }, 'account'],
  ])('with %s', async (_what, query, field) => {
    const { status, body } = await keyturn.read(ALL, { query });
    expect([status, body.code]).toEqual([400, 'malformed-request']);
    expect(body.invalidFields).toMatchObject([{ name: field }]);
    expect(v.safeParse(ProblemSchema, body).issues).toBeUndefined();
  });

  it.each<[string, () => Promise<Record<string, string>>]>([
    ['garbage', async () => ({ cursor: '%%%' })],
    ['nothing', async () => ({ cursor: '' })],
    [
      'a position with more text after it',
      async () => ({ cursor: Buffer.from('2026-11-23T12:00:00.000Z#x').toString('base64url') }),
    ],
    [
      'the cursor of the other listing',
      async () => ({ cursor: (await ofCredential({ query: { limit: '1' } })).body.nextCursor }),
    ],
    [
      'a valid one with more text after it',
      async () => ({
        cursor: `${(await keyturn.read(ALL, { query: { limit: '1' } })).body.nextCursor}=`,
      }),
    ],
    [
      'a cursor from outside the range',
      async () => ({
        cursor: (await keyturn.read(ALL, { query: { limit: '1' } })).body.nextCursor,
        to: '2020-01-01T00:00:00Z',
      }),
    ],
  ])('with a cursor that is %s', async (_what, queryOf) => {
    const { status, body } = await keyturn.read(ALL, { query: await queryOf() });
    expect([status, body.code]).toEqual([400, 'invalid-cursor']);
  });

  it('while the table cannot be read', async () => {
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:1' });
    for (const route of [ALL, ONE, OF_CREDENTIAL]) {
      const rotationId = newestFirst()[0] ?? '';
      const answer = await keyturn.read(route, { pathParameters: { ...credential, rotationId } });
      expect([answer.status, answer.body.code]).toEqual([503, 'audit-unavailable']);
    }
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
  });

  it('for an id that no rotation can have, without a read of the table', async () => {
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:1' });
    for (const id of ['', 'x', 'x'.repeat(3_000), 'é'.repeat(36)]) {
      const { status, body } = await one(id);
      expect([status, body.code]).toEqual([404, 'not-found']);
    }
    await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: keyturn.dynamoDb.url });
  });
});
