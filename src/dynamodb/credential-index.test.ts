import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditTable, startAuditTable, TABLE } from '../../test/support/audit-table.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import {
  createAddPlace,
  createFindByPlace,
  indexedAccounts,
  indexedCredentials,
} from './credential-index.ts';

const ACCOUNT = 'merchants/ACME_NL';
const requestedAt = '2026-11-20T00:00:00.000Z';

let table: AuditTable;
beforeEach(async () => {
  table = await startAuditTable();
});
afterEach(() => table.close());

const credentialAt = (index: number): ApiCredential => ({
  level: 'merchants',
  accountId: 'ACME_NL',
  apiCredentialId: `S2-${index}`,
});
const add = (credential: ApiCredential) => createAddPlace(table.client, TABLE)(credential);
async function found(from = 0, to = 1): Promise<string[]> {
  const ids: string[] = [];
  for await (const { apiCredentialId } of createFindByPlace(table.client, TABLE)(from, to)) {
    ids.push(apiCredentialId);
  }
  return ids;
}
const listed = async () => [
  ...(await indexedAccounts(table.client, TABLE, '')),
  ...(await indexedCredentials(table.client, TABLE, ACCOUNT, '')),
];

describe('an API credential that is added by its place', () => {
  it('is found once, however often it is added', async () => {
    await add(credentialAt(1));
    await add(credentialAt(1));
    expect(await found()).toEqual(['S2-1']);
  });

  it('is in no listing until it has a rotation', async () => {
    await add(credentialAt(1));
    expect(await listed()).toEqual([]);
    await table.write({ credential: credentialAt(1), requestedAt });
    expect(await listed()).toEqual([ACCOUNT, 'S2-1']);
    expect(await found()).toEqual(['S2-1']);
  });

  it('has the same place as after a rotation: each is in one part of all, and the parts are about equal', async () => {
    for (let index = 0; index < 100; index += 1) await add(credentialAt(index));
    const quarters = await Promise.all([0, 0.25, 0.5, 0.75].map((from) => found(from, from + 0.25)));
    expect(quarters.flat().sort()).toEqual(Array.from({ length: 100 }, (_, index) => `S2-${index}`).sort());
    for (const quarter of quarters) expect(quarter.length).toBeGreaterThan(10);
    await table.write({ credential: credentialAt(1), requestedAt });
    expect(await found()).toHaveLength(100);
  });
});
