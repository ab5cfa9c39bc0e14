import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemSchema } from '../src/http/problems/problem.ts';
import { RotateResponseSchema } from '../src/http/rotate/rotate-response.ts';
import type { FaultOrder } from '../src/local/adyen-simulator/faults.ts';
import { LOCAL_SECRET_ID } from '../src/local/settings.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { type Keyturn, startKeyturn } from './support/keyturn.ts';
import { membersNamedIn } from './support/named-members.ts';

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({ UPSTREAM_TIMEOUT_MS: '400' });
});
afterAll(() => keyturn.close());

const generated = (credential: ApiCredential) =>
  keyturn.adyen.credentials.generated(credentialPath(credential));
const order = (credential: ApiCredential, fault: FaultOrder) =>
  keyturn.adyen.faults.order({ ...fault, credential: credentialPath(credential) });

describe('a rotation', () => {
  it.each(['merchants', 'companies'] as const)('gives a new key for a credential of %s', async (level) => {
    const credential = keyturn.newCredential(level);
    const { status, body } = await keyturn.rotate(credential);
    expect(status).toBe(200);
    expect(v.parse(RotateResponseSchema, body)).toMatchObject({
      apiKey: expect.stringMatching(/^AQE/),
      rotation: { status: 'succeeded', credential },
    });
    expect(generated(credential)).toBe(1);
  });

  it('has the time when the new key is usable and the time when the previous key ends', async () => {
    const { rotation } = (await keyturn.rotate(keyturn.newCredential())).body;
    const completed = Date.parse(rotation.completedAt);
    expect(Date.parse(rotation.requestedAt)).toBeLessThanOrEqual(completed);
    expect(Date.parse(rotation.usableFrom) - completed).toBe(300_000);
    // From the start, since Adyen may have made the key as soon as it was asked.
    expect(Date.parse(rotation.previousKeyExpiresAt) - Date.parse(rotation.requestedAt)).toBe(86_400_000);
  });

  it('has headers that keep the key out of caches and name the request', async () => {
    const { headers } = await keyturn.rotate(keyturn.newCredential());
    expect(headers).toMatchObject({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Request-Id': expect.stringMatching(/^gateway-\d+$/),
      'Strict-Transport-Security': expect.stringContaining('max-age'),
      'X-Content-Type-Options': 'nosniff',
    });
  });

  it('leaves one closed audit item with who, why and the outcome', async () => {
    const credential = keyturn.newCredential();
    const { apiKey, rotation } = (
      await keyturn.rotate(credential, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'quarterly' }),
      })
    ).body;
    const fingerprint = createHash('sha256').update(apiKey).digest('hex').slice(0, 16);
    expect(rotation.keyFingerprint).toBe(`sha256:${fingerprint}`);
    expect(await keyturn.items(credential)).toEqual([
      {
        credential: credentialPath(credential),
        number: '0000000001',
        account: 'merchants/ACME_NL',
        position: `${rotation.requestedAt}#${rotation.id}`,
        statusPosition: `succeeded#${rotation.requestedAt}#${rotation.id}`,
        id: rotation.id,
        status: 'succeeded',
        requestedAt: rotation.requestedAt,
        completedAt: rotation.completedAt,
        requestedBy: {
          source: 'http',
          subject: 'local-app',
          clientId: 'local-app',
          sourceIp: '127.0.0.1',
        },
        reason: 'quarterly',
        force: false,
        requestId: expect.stringMatching(/^gateway-/),
        leaseExpiresAt: expect.any(String),
        upstream: {
          status: 200,
          requestId: expect.any(String),
          attempts: 1,
          durationMs: expect.any(Number),
        },
        key: {
          fingerprint: `sha256:${fingerprint}`,
          usableFrom: rotation.usableFrom,
          previousKeyExpiresAt: rotation.previousKeyExpiresAt,
        },
        delivery: 'unconfirmed',
        chain: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        timeline: [
          { at: rotation.requestedAt, event: 'started' },
          { at: rotation.completedAt, event: 'succeeded' },
        ],
        // If a consumer is late then, an event says so.
        outbox: { event: 'ApiKeySwitchOverdue', dueAt: expect.any(String) },
        dueAt: new Date(Date.parse(rotation.previousKeyExpiresAt) - 4 * 3_600_000).toISOString(),
        openShard: expect.stringMatching(/^open#/),
      },
    ]);
  });

  it('sends a random Idempotency-Key to Adyen that is in no response, record or log line', async () => {
    const credential = keyturn.newCredential();
    const { text } = await keyturn.rotate(credential);
    const [call, ...more] = keyturn.adyen.received.filter(
      (call) => call.credential === credentialPath(credential),
    );
    const { idempotencyKey = '' } = call ?? {};
    expect(more).toEqual([]);
    // A version 4, which is random: those of version 7, as the rotations have, are not.
    expect(idempotencyKey).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const kept = JSON.stringify(await keyturn.items(credential));
    for (const shown of [text, kept, keyturn.output()]) {
      expect(shown).toContain(credential.apiCredentialId);
      expect(shown).not.toContain(idempotencyKey);
    }
  });

  it('claims no content type in the call to Adyen, which has no body', async () => {
    const credential = keyturn.newCredential();
    await keyturn.rotate(credential);
    expect(keyturn.adyen.received.at(-1)).toMatchObject({
      credential: credentialPath(credential),
      contentType: undefined,
    });
  });

  it('uses one connection for one rotation after another', async () => {
    const credentials = [keyturn.newCredential(), keyturn.newCredential(), keyturn.newCredential()];
    for (const credential of credentials) await keyturn.rotate(credential);
    const connections = keyturn.adyen.received.slice(-3).map((call) => call.connection);
    expect(new Set(connections).size).toBe(1);
  });

  it('reads the management credential once for many rotations', async () => {
    for (let turn = 0; turn < 3; turn += 1) await keyturn.rotate(keyturn.newCredential());
    const reads = keyturn.secretsManager.reads.length;
    for (let turn = 0; turn < 3; turn += 1) await keyturn.rotate(keyturn.newCredential());
    expect(keyturn.secretsManager.reads.length).toBe(reads);
  });
});

describe('the response of the upstream', () => {
  const respond = (status: number, body: unknown = '', headers = {}): FaultOrder => ({
    kind: 'respond',
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });
  const restServiceError = (status: number) => ({
    type: 'https://docs.adyen.com/errors/validation',
    title: 'Title',
    detail: 'Detail',
    status,
    errorCode: '30_011',
    requestId: 'PSP1',
    invalidFields: [{ name: 'apiCredentialId', value: 'x', message: 'is wrong' }],
  });

  /** Each row: name, fault, status and code of the response, status in the audit, calls to the upstream, `retryable`. */
  const rows: [string, FaultOrder, number, string, 'failed' | 'unknown', number, boolean][] = [
    ['400', respond(400, restServiceError(400)), 400, 'upstream-bad-request', 'failed', 1, false],
    ['401 twice', { ...respond(401), times: 2 }, 502, 'upstream-unauthorized', 'failed', 2, false],
    ['405', respond(405, '<html>'), 400, 'upstream-bad-request', 'failed', 1, false],
    ['415', respond(415, '<html>'), 400, 'upstream-bad-request', 'failed', 1, false],
    ['403', respond(403, restServiceError(403)), 502, 'upstream-forbidden', 'failed', 1, false],
    ['404', respond(404, restServiceError(404)), 404, 'credential-not-found', 'failed', 1, false],
    ['422', respond(422, restServiceError(422)), 422, 'upstream-validation', 'failed', 1, false],
    [
      '422 whose body says 200',
      respond(422, restServiceError(200)),
      422,
      'upstream-validation',
      'failed',
      1,
      false,
    ],
    ['429', respond(429, '', { 'Retry-After': '30' }), 503, 'upstream-throttled', 'failed', 1, true],
    ['500', respond(500, restServiceError(500)), 502, 'upstream-failure', 'unknown', 1, true],
    ['503 with HTML', respond(503, '<html>down</html>'), 502, 'upstream-failure', 'unknown', 1, true],
    ['a cut before processing', { kind: 'cut', when: 'before' }, 502, 'upstream-failure', 'unknown', 1, true],
    ['a cut after processing', { kind: 'cut', when: 'after' }, 502, 'upstream-failure', 'unknown', 1, true],
    ['a cut within the body', { kind: 'partial-body' }, 502, 'upstream-failure', 'unknown', 1, true],
    [
      'no response in time',
      { kind: 'latency', when: 'after', ms: 800 },
      504,
      'upstream-timeout',
      'unknown',
      1,
      true,
    ],
    [
      '200 with a body that arrives too slowly',
      { kind: 'never-ending', bytesPerSecond: 1_000 },
      504,
      'upstream-timeout',
      'unknown',
      1,
      true,
    ],
    [
      '200 with a body that never ends',
      { kind: 'never-ending' },
      502,
      'upstream-malformed',
      'unknown',
      1,
      true,
    ],
    ['200 with HTML', respond(200, '<html>hello</html>'), 502, 'upstream-malformed', 'unknown', 1, true],
    ['200 without a body', respond(200), 502, 'upstream-malformed', 'unknown', 1, true],
    [
      '200 with another type of key',
      respond(200, { apiKey: 1 }),
      502,
      'upstream-malformed',
      'unknown',
      1,
      true,
    ],
    [
      '308 to another company',
      respond(308, '', { Location: 'https://evil.example/' }),
      502,
      'upstream-failure',
      'unknown',
      1,
      true,
    ],
    ['302 inside', respond(302, '', { Location: '/v3/me' }), 502, 'upstream-failure', 'unknown', 1, true],
  ];

  it.each(rows)('%s', async (_said, fault, status, code, auditStatus, calls, retryable) => {
    const credential = keyturn.newCredential();
    order(credential, fault);
    const answer = await keyturn.rotate(credential);
    expect([answer.status, answer.body.code, answer.body.retryable]).toEqual([status, code, retryable]);
    expect(v.safeParse(ProblemSchema, answer.body).issues).toBeUndefined();
    for (const member of membersNamedIn(answer.body.detail)) expect(answer.body).toHaveProperty(member);
    expect(await keyturn.items(credential)).toMatchObject([
      { id: answer.body.rotationId, status: auditStatus, code },
    ]);
    const received = keyturn.adyen.received.filter((call) => call.credential === credentialPath(credential));
    expect(received.length).toBe(calls);
  });

  it('204 is a success without a key, with a warning in the log', async () => {
    const credential = keyturn.newCredential();
    order(credential, respond(204));
    const answer = await keyturn.rotate(credential);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const [item] = await keyturn.items(credential);
    expect(item).toMatchObject({ status: 'succeeded', upstream: { status: 204 } });
    expect(answer.headers).toMatchObject({ 'X-Rotation-Id': item?.id });
    expect(item).not.toHaveProperty('key');
    expect(keyturn.lines()).toContainEqual(expect.objectContaining({ level: 'WARN', rotationId: item?.id }));
  });

  it('is passed on with its invalid fields, error code and request id', async () => {
    const credential = keyturn.newCredential();
    order(credential, respond(422, restServiceError(422)));
    const { body } = await keyturn.rotate(credential);
    const { invalidFields, ...upstream } = restServiceError(422);
    expect(body.invalidFields).toEqual(invalidFields);
    expect(body.upstream).toEqual(upstream);
  });

  it('429 with a short Retry-After is retried', async () => {
    const credential = keyturn.newCredential();
    order(credential, respond(429, '', { 'Retry-After': '0' }));
    expect((await keyturn.rotate(credential)).status).toBe(200);
    expect(generated(credential)).toBe(1);
    expect(await keyturn.items(credential)).toMatchObject([{ upstream: { attempts: 2 } }]);
  });

  it('429 with a long Retry-After is passed on with the time to wait', async () => {
    const credential = keyturn.newCredential();
    order(credential, respond(429, '', { 'Retry-After': '30' }));
    const { body, headers } = await keyturn.rotate(credential);
    expect([body.retryAfter, headers['Retry-After']]).toEqual([30, '30']);
  });

  it('a failed rotation does not prevent the next one', async () => {
    const credential = keyturn.newCredential();
    order(credential, respond(400));
    await keyturn.rotate(credential);
    expect((await keyturn.rotate(credential)).status).toBe(200);
  });

  it('a slow upstream is given up in time before the invocation ends', async () => {
    const credential = keyturn.newCredential();
    order(credential, { kind: 'latency', when: 'before', ms: 1_000 });
    const begun = performance.now();
    const answer = await keyturn.rotate(credential, { remainingMs: 5_200 });
    expect(answer.body.code).toBe('upstream-timeout');
    expect(performance.now() - begun).toBeLessThan(400);
  });
});

describe('a management credential that was rotated in the meantime', () => {
  it('is read again after a 401, and the rotation succeeds', async () => {
    const credential = keyturn.newCredential();
    order(credential, { kind: 'respond', status: 401 });
    const reads = keyturn.secretsManager.reads.length;
    expect((await keyturn.rotate(credential)).status).toBe(200);
    expect(keyturn.secretsManager.reads.slice(reads)).toEqual([LOCAL_SECRET_ID]);
    expect(generated(credential)).toBe(1);
    expect(await keyturn.items(credential)).toMatchObject([{ upstream: { status: 200, attempts: 2 } }]);
  });

  it('leads to upstream-unauthorized, with the reason in the log, if it cannot be read again', async () => {
    const credential = keyturn.newCredential();
    order(credential, { kind: 'respond', status: 401 });
    keyturn.secretsManager.setOutage(true);
    const { body } = await keyturn.rotate(credential);
    keyturn.secretsManager.setOutage(false);
    expect(body.code).toBe('upstream-unauthorized');
    expect(keyturn.lines()).toContainEqual(
      expect.objectContaining({ level: 'ERROR', rotationId: body.rotationId }),
    );
  });
});
