import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FaultOrder } from '../src/local/adyen-simulator/faults.ts';
import { MANAGEMENT_KEY } from '../src/local/adyen-simulator/seed.ts';
import { LOCAL_SECRET_ID } from '../src/local/settings.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { type FaultyProxy, startFaultyProxy } from './support/faulty-proxy.ts';
import { type Answer, type Keyturn, LOCAL_APP, type RotateCall, startKeyturn } from './support/keyturn.ts';

let keyturn: Keyturn;
let proxy: FaultyProxy;
const secrets = new Map<string, string>([['the management key', MANAGEMENT_KEY]]);
const errorBodies: string[] = [];
const auditItems: unknown[] = [];

beforeAll(async () => {
  keyturn = await startKeyturn({ UPSTREAM_TIMEOUT_MS: '300', LOG_LEVEL: 'TRACE' });
  proxy = await startFaultyProxy(keyturn.dynamoDb.url);
  await keyturn.restart({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
  await rotateInEveryWay();
});
afterAll(async () => {
  await keyturn.close();
  await proxy.close();
});

/** Runs the main paths and the failures, and keeps everything that comes out. */
async function rotateInEveryWay(): Promise<void> {
  const echo = JSON.stringify({
    title: MANAGEMENT_KEY,
    detail: `Bearer ${MANAGEMENT_KEY} ${encodeURIComponent(MANAGEMENT_KEY)} ${btoa(MANAGEMENT_KEY)}`,
    errorCode: MANAGEMENT_KEY,
    requestId: MANAGEMENT_KEY,
    invalidFields: [{ name: MANAGEMENT_KEY, value: MANAGEMENT_KEY, message: MANAGEMENT_KEY }],
  });
  const faults: FaultOrder[] = [
    ...[400, 403, 404, 422, 429, 500, 503, 200].map(
      (status): FaultOrder => ({
        kind: 'respond',
        status,
        body: echo,
        headers: { pspreference: MANAGEMENT_KEY },
      }),
    ),
    { kind: 'respond', status: 401, body: echo, times: 2 },
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'after' },
    { kind: 'partial-body' },
    { kind: 'never-ending' },
    { kind: 'latency', when: 'after', ms: 600 },
  ];
  for (const fault of faults) {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ ...fault, credential: credentialPath(credential) });
    await keep('a failure', credential);
  }
  const credential = keyturn.newCredential();
  await keep('a success', credential, { headers: { 'idempotency-key': 'one' } });
  await keep('a replay', credential, { headers: { 'idempotency-key': 'one' } });
  await keep('an overlap', credential);
  await keep('no scope', credential, { claims: { scope: '' } });
  await keep('no grant', credential, { claims: { sub: 'nobody', client_id: 'nobody' } });
  await keep('an expired token', credential, { claims: { exp: 1 } });
  await keep('a key in the body', credential, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ [MANAGEMENT_KEY]: MANAGEMENT_KEY, force: MANAGEMENT_KEY }),
  });
  await keep('a key in the path', credential, {
    pathParameters: { level: 'merchants', accountId: MANAGEMENT_KEY, apiCredentialId: MANAGEMENT_KEY },
  });
  await keep('a key as idempotency key', credential, {
    headers: { 'idempotency-key': `${MANAGEMENT_KEY} ` },
  });
  proxy.fail('UpdateItem', 'refuse', 'refuse');
  await keep('a close that fails', keyturn.newCredential());
  proxy.fail('PutItem', 'refuse', 'refuse');
  await keep('a start that fails', keyturn.newCredential());
  keyturn.secretsManager.put(LOCAL_SECRET_ID, `{"apiKey":"${MANAGEMENT_KEY}"`);
  await keyturn.restart();
  await keep('a broken management credential', keyturn.newCredential());
}

async function keep(what: string, credential: ApiCredential, call: RotateCall = {}): Promise<Answer> {
  const token = await keyturn.issuer.sign({ ...LOCAL_APP, ...call.claims });
  secrets.set(`the token of ${what} ${secrets.size}`, token);
  const response = await keyturn.rotate(credential, {
    ...call,
    claims: null,
    headers: { ...call.headers, authorization: `Bearer ${token}` },
  });
  if (response.body.apiKey) secrets.set(`the key of ${what} ${secrets.size}`, response.body.apiKey);
  else errorBodies.push(response.text, JSON.stringify(response.headers));
  auditItems.push(await keyturn.items(credential));
  return response;
}

it.each([
  ['logs and metrics', () => keyturn.output()],
  ['audit items', () => JSON.stringify(auditItems)],
  ['error bodies and headers', () => errorBodies.join('\n')],
])('no key and no token is in the %s, in any form', (_where, textOf) => {
  const text = textOf();
  expect(text.length).toBeGreaterThan(1_000);
  const found = [...secrets].flatMap(([name, secret]) =>
    formsOf(secret)
      .filter((form) => text.includes(form))
      .map((form) => `${name}: ${form}`),
  );
  expect(found).toEqual([]);
});

it('the search finds each form of a secret', () => {
  for (const form of formsOf(MANAGEMENT_KEY)) {
    expect(`… ${form} …`).toContain(form);
    expect(form.length).toBeGreaterThan(20);
  }
  expect(secrets.size).toBeGreaterThan(20);
});

/**
 * The start and the end of a secret, and their encodings. base64 text depends on the offset of the secret.
 * Therefore, for each of the three offsets, only the characters that no neighbouring byte changes are taken.
 */
function formsOf(secret: string): string[] {
  const start = secret.slice(0, 24);
  const base64 = [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.from('x'.repeat(shift) + start).toString('base64');
    const inner = encoded.slice(shift === 0 ? 0 : 4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const end = secret.slice(-24);
  return [...new Set([start, end, encodeURIComponent(end), ...base64])];
}
