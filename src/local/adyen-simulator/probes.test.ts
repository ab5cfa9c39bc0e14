import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MANAGEMENT_KEY, POWERLESS_KEY } from './seed.ts';
import { type AdyenSimulator, startAdyenSimulator } from './server.ts';

const MANAGEMENT = 'companies/ACME/apiCredentials/S2-MANAGEMENT';
const POWERLESS = 'companies/ACME/apiCredentials/S2-POWERLESS';

let simulator: AdyenSimulator;

beforeEach(async () => {
  simulator = await startAdyenSimulator({ now: () => 0 });
});
afterEach(() => simulator.close());

const generate = () =>
  fetch(`${simulator.url}/${POWERLESS}/generateApiKey`, {
    method: 'POST',
    headers: { 'X-API-Key': MANAGEMENT_KEY },
  });
const probe = (apiKey: string) => fetch(`${simulator.url}/me`, { headers: { 'X-API-Key': apiKey } });

describe('a call of /me', () => {
  it('is recorded with the API credential of its key and the response status', async () => {
    await probe(MANAGEMENT_KEY);
    await probe('unknown');
    expect(simulator.probes).toEqual([
      { credential: MANAGEMENT, status: 200 },
      { credential: undefined, status: 401 },
    ]);
    expect(simulator.received).toEqual([]);
  });

  it('has every field that the Management API says is there', async () => {
    expect(await (await probe(MANAGEMENT_KEY)).json()).toEqual({
      id: 'S2-MANAGEMENT',
      username: 'ws_S2-MANAGEMENT@Account.ACME',
      clientKey: expect.any(String),
      roles: [expect.stringContaining('API credentials')],
      active: true,
      allowedIpAddresses: [],
    });
  });

  it('is recorded with the API credential of a key that does not work yet', async () => {
    const { apiKey } = v.parse(v.object({ apiKey: v.string() }), await (await generate()).json());
    await probe(apiKey);
    expect(simulator.probes).toEqual([{ credential: POWERLESS, status: 401 }]);
  });

  it('meets the faults ordered for it, and generateApiKey does not', async () => {
    simulator.faults.order({ kind: 'respond', status: 503, operation: 'me' });
    expect((await generate()).status).toBe(200);
    expect((await probe(MANAGEMENT_KEY)).status).toBe(503);
    expect((await probe(MANAGEMENT_KEY)).status).toBe(200);
    expect(simulator.probes.map(({ status }) => status)).toEqual([503, 200]);
  });

  it('does not meet a fault that names no operation', async () => {
    simulator.faults.order({ kind: 'respond', status: 503 });
    expect((await probe(MANAGEMENT_KEY)).status).toBe(200);
    expect((await generate()).status).toBe(503);
  });

  it('meets a fault for an API credential only with a key of that credential', async () => {
    simulator.faults.order({ kind: 'respond', status: 503, operation: 'me', credential: POWERLESS });
    const statuses = [];
    for (const key of ['unknown', MANAGEMENT_KEY, POWERLESS_KEY]) statuses.push((await probe(key)).status);
    expect(statuses).toEqual([401, 200, 503]);
  });

  it('with an unknown key meets a fault that names no API credential', async () => {
    simulator.faults.order({ kind: 'respond', status: 503, operation: 'me' });
    expect((await probe('unknown')).status).toBe(503);
  });

  it('is not recorded if it got no complete response', async () => {
    simulator.faults.order({ kind: 'cut', when: 'before', operation: 'me' });
    simulator.faults.order({ kind: 'partial-body', operation: 'me' });
    await expect(probe(MANAGEMENT_KEY)).rejects.toThrow('fetch failed');
    await expect((await probe(MANAGEMENT_KEY)).text()).rejects.toThrow('terminated');
    expect(simulator.probes).toEqual([]);
  });

  it('gets its response late if a latency is ordered', async () => {
    simulator.faults.order({ kind: 'latency', when: 'after', ms: 40, operation: 'me' });
    const start = performance.now();
    expect((await probe(MANAGEMENT_KEY)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(35);
  });
});
