import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OVERLAP_MS, PROPAGATION_MS } from './credentials.ts';
import type { FaultOrder } from './faults.ts';
import { scaledClock } from './scaled-clock.ts';
import { MANAGEMENT_KEY, POWERLESS_KEY } from './seed.ts';
import { type AdyenSimulator, startAdyenSimulator } from './server.ts';

const CREDENTIAL = 'companies/ACME/apiCredentials/S2-POWERLESS';
const MERCHANT_CREDENTIAL = 'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';

let simulator: AdyenSimulator;
let time: number;

beforeEach(async () => {
  time = 0;
  simulator = await startAdyenSimulator({ now: () => time });
});
afterEach(() => simulator.close());

const generate = (path = CREDENTIAL, headers: Record<string, string> = { 'X-API-Key': MANAGEMENT_KEY }) =>
  fetch(`${simulator.url}/${path}/generateApiKey`, { method: 'POST', headers });

async function generatedKey(path?: string): Promise<string> {
  const response = await generate(path);
  return v.parse(v.object({ apiKey: v.string() }), await response.json()).apiKey;
}

async function statusOfMe(apiKey: string): Promise<number> {
  return (await fetch(`${simulator.url}/me`, { headers: { 'X-API-Key': apiKey } })).status;
}

describe('a generated key', () => {
  it('is generated at both levels and counted', async () => {
    const keys = [await generatedKey(CREDENTIAL), await generatedKey(MERCHANT_CREDENTIAL)];
    expect(new Set(keys).size).toBe(2);
    expect(simulator.credentials.generated()).toBe(2);
    expect(simulator.credentials.generated(CREDENTIAL)).toBe(1);
  });

  it('works only after the propagation', async () => {
    const key = await generatedKey();
    expect(await statusOfMe(key)).toBe(401);
    time += PROPAGATION_MS;
    expect(await statusOfMe(key)).toBe(200);
  });

  it('lets the previous key work for another 24 hours', async () => {
    await generatedKey();
    time += OVERLAP_MS - 1;
    expect(await statusOfMe(POWERLESS_KEY)).toBe(200);
    time += 1;
    expect(await statusOfMe(POWERLESS_KEY)).toBe(401);
  });

  it('works but gets 403 with the code 00_403 from /me if its API credential has no Management API role', async () => {
    const key = await generatedKey(MERCHANT_CREDENTIAL);
    time += PROPAGATION_MS;
    const response = await fetch(`${simulator.url}/me`, { headers: { 'X-API-Key': key } });
    expect([response.status, await response.json()]).toMatchObject([403, { errorCode: '00_403' }]);
  });
});

describe('generateApiKey', () => {
  it.each([
    ['a missing key', {}, 401],
    ['an unknown key', { 'X-API-Key': 'unknown' }, 401],
    ['a credential without the role', { 'X-API-Key': POWERLESS_KEY }, 403],
  ])('rejects %s with a RestServiceError', async (_who, headers, status) => {
    const response = await generate(CREDENTIAL, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, requestId: response.headers.get('pspreference') });
  });

  it.each([
    ['an unknown merchant', 'merchants/NOBODY/apiCredentials/S2-5A4E4C0F2B3D', 404],
    ['an unknown credential', 'merchants/ACME_NL/apiCredentials/S2-NONE', 404],
    ['a credential at the other level', 'companies/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D', 404],
    ['an inactive credential', 'merchants/ACME_NL/apiCredentials/S2-INACTIVE', 422],
  ])('rejects %s', async (_what, path, status) => {
    expect((await generate(path)).status).toBe(status);
    expect(simulator.credentials.generated()).toBe(0);
  });
});

describe('GET of an API credential', () => {
  const get = async (path: string, headers: Record<string, string> = { 'X-API-Key': MANAGEMENT_KEY }) => {
    const response = await fetch(`${simulator.url}/${path}`, { headers });
    return { status: response.status, body: await response.json() };
  };

  it('says whether it is active, its roles and its allowed addresses', async () => {
    expect(await get(CREDENTIAL)).toMatchObject({
      status: 200,
      body: {
        id: CREDENTIAL.split('/').at(-1),
        active: true,
        roles: expect.any(Array),
        allowedIpAddresses: [],
      },
    });
    expect(await get('merchants/ACME_NL/apiCredentials/S2-INACTIVE')).toMatchObject({
      status: 200,
      body: { active: false },
    });
  });

  it.each([
    ['a missing key', CREDENTIAL, {}, 401],
    ['a credential without the role', CREDENTIAL, { 'X-API-Key': POWERLESS_KEY }, 403],
    ['an unknown credential', 'merchants/ACME_NL/apiCredentials/S2-NONE', undefined, 404],
  ])('rejects %s with a RestServiceError', async (_what, path, headers, status) => {
    expect(await get(path, headers)).toMatchObject({
      status,
      body: { status, requestId: expect.any(String) },
    });
  });
});

describe('Idempotency-Key', () => {
  const headers = { 'X-API-Key': MANAGEMENT_KEY, 'Idempotency-Key': 'one' };

  it('is ignored by default', async () => {
    await generate(CREDENTIAL, headers);
    await generate(CREDENTIAL, headers);
    expect(simulator.credentials.generated()).toBe(2);
  });

  it('is honoured with the option honourIdempotencyKey', async () => {
    await simulator.close();
    simulator = await startAdyenSimulator({ honourIdempotencyKey: true });
    const responses = [await generate(CREDENTIAL, headers), await generate(CREDENTIAL, headers)];
    const [first, second] = await Promise.all(responses.map((response) => response.json()));
    expect(second).toEqual(first);
    expect(simulator.credentials.generated()).toBe(1);
  });
});

describe('an ordered fault', () => {
  const order = async (fault: FaultOrder) => {
    const url = new URL('/_simulator/faults', simulator.url);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fault),
    });
    expect(response.status).toBe(204);
  };
  const generatedKeys = () => simulator.credentials.generated();

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('cuts the connection %s the call is processed', async (when, keys) => {
    await order({ kind: 'cut', when });
    await expect(generate()).rejects.toThrow('fetch failed');
    expect(generatedKeys()).toBe(keys);
  });

  it('delays the processing, even if the caller has hung up', async () => {
    await order({ kind: 'latency', when: 'before', ms: 60 });
    const call = fetch(`${simulator.url}/${CREDENTIAL}/generateApiKey`, {
      method: 'POST',
      headers: { 'X-API-Key': MANAGEMENT_KEY },
      signal: AbortSignal.timeout(20),
    });
    await expect(call).rejects.toThrow('timeout');
    expect(generatedKeys()).toBe(0);
    await expect.poll(generatedKeys).toBe(1);
  });

  it('responds with any status, header and body', async () => {
    await order({ kind: 'respond', status: 308, headers: { Location: '/elsewhere' }, body: '<html>' });
    const response = await fetch(`${simulator.url}/${CREDENTIAL}/generateApiKey`, {
      method: 'POST',
      redirect: 'manual',
    });
    expect([response.status, response.headers.get('location'), await response.text()]).toEqual([
      308,
      '/elsewhere',
      '<html>',
    ]);
  });

  it('responds with a body that never ends', async () => {
    await order({ kind: 'never-ending' });
    const reader = (await generate()).body?.getReader();
    let bytes = 0;
    while (bytes < 10_000) bytes += (await reader?.read())?.value?.length ?? 0;
    await reader?.cancel();
    expect(bytes).toBeGreaterThan(9_999);
  });

  it('cuts the connection in the middle of the body', async () => {
    await order({ kind: 'partial-body' });
    const response = await generate();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(generatedKeys()).toBe(1);
  });

  it('is met by as many calls for the API credential as were ordered', async () => {
    await order({ kind: 'respond', status: 500, credential: CREDENTIAL, times: 2 });
    const statuses = [];
    for (const path of [CREDENTIAL, MERCHANT_CREDENTIAL, CREDENTIAL, CREDENTIAL]) {
      statuses.push((await generate(path)).status);
    }
    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  it.each([
    ['its kind is unknown', '{"kind":"earthquake"}'],
    ['it is late and its operation changes nothing', '{"kind":"late","ms":1,"operation":"me"}'],
  ])('is rejected if %s', async (_why, body) => {
    const response = await fetch(new URL('/_simulator/faults', simulator.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
  });
});

it('a scaled clock runs as many times faster than real time as its scale', () => {
  let realTime = 1_000;
  const now = scaledClock(720, () => realTime);
  realTime += 2_000;
  expect(now()).toBe(1_000 + 720 * 2_000);
});
