import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OVERLAP_MS, PROPAGATION_MS } from './credentials.ts';
import { MANAGEMENT_KEY, POWERLESS_KEY } from './seed.ts';
import { type AdyenSimulator, startAdyenSimulator } from './server.ts';

const CREDENTIAL = 'companies/ACME/apiCredentials/S2-POWERLESS';
const IDEMPOTENT = { 'Idempotency-Key': 'one' };

let simulator: AdyenSimulator;
let time: number;

beforeEach(async () => {
  time = 0;
  simulator = await startAdyenSimulator({ now: () => time, honourIdempotencyKey: true });
});
afterEach(() => simulator.close());

const generate = (headers: Record<string, string> = {}) =>
  fetch(`${simulator.url}/${CREDENTIAL}/generateApiKey`, {
    method: 'POST',
    headers: { 'X-API-Key': MANAGEMENT_KEY, ...headers },
  });

async function generateLate(ms: number, headers?: Record<string, string>): Promise<void> {
  simulator.faults.order({ kind: 'late', ms });
  await expect(generate(headers)).rejects.toThrow('fetch failed');
}

async function keyOf(response: Response): Promise<string> {
  return v.parse(v.object({ apiKey: v.string() }), await response.json()).apiKey;
}

const works = (key: string) => simulator.credentials.authenticate(key) !== undefined;

describe('a late call', () => {
  it('is cut at once and generates its key when it is due', async () => {
    await generateLate(1_000);
    time = 999;
    expect(simulator.credentials.generated()).toBe(0);
    time = 1_000;
    expect(simulator.credentials.generated()).toBe(1);
    expect(simulator.received).toHaveLength(1);
  });

  it('lets the previous key expire 24 hours after it was due, even if it is processed later', async () => {
    await generateLate(1_000);
    time = 1_000 + OVERLAP_MS - 1;
    expect(works(POWERLESS_KEY)).toBe(true);
    time += 1;
    expect(works(POWERLESS_KEY)).toBe(false);
  });

  it('generates a key whose propagation begins when the call is due, even if it is processed later', async () => {
    await generateLate(1_000, IDEMPOTENT);
    time = 1_000 + PROPAGATION_MS;
    const key = await keyOf(await generate(IDEMPOTENT));
    expect(works(key)).toBe(true);
    expect(simulator.credentials.generated()).toBe(1);
  });

  it('is processed before a call that arrives after it is due, and does not displace that call’s key', async () => {
    await generateLate(1_000);
    time = 2_000;
    const key = await keyOf(await generate());
    time += OVERLAP_MS;
    expect(works(key)).toBe(true);
  });

  it('displaces the key of a call that was processed before it', async () => {
    await generateLate(1_000);
    const key = await keyOf(await generate());
    time = 1_000 + OVERLAP_MS;
    expect(works(key)).toBe(false);
  });

  it('is processed in the order of due times, not of arrival', async () => {
    const other = 'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';
    await generateLate(2_000);
    simulator.faults.order({ kind: 'late', ms: 1_000 });
    const headers = { 'X-API-Key': MANAGEMENT_KEY };
    const call = fetch(`${simulator.url}/${other}/generateApiKey`, { method: 'POST', headers });
    await expect(call).rejects.toThrow('fetch failed');
    time = 1_500;
    expect([simulator.credentials.generated(other), simulator.credentials.generated()]).toEqual([1, 1]);
    time = 2_000;
    expect(simulator.credentials.generated()).toBe(2);
  });

  it('is rejected if the management key has expired when it is due', async () => {
    simulator.faults.order({ kind: 'late', ms: OVERLAP_MS });
    const management = 'companies/ACME/apiCredentials/S2-MANAGEMENT';
    await expect(generate()).rejects.toThrow('fetch failed');
    await fetch(`${simulator.url}/${management}/generateApiKey`, {
      method: 'POST',
      headers: { 'X-API-Key': MANAGEMENT_KEY },
    });
    time = OVERLAP_MS;
    expect(simulator.credentials.generated(CREDENTIAL)).toBe(0);
  });
});
