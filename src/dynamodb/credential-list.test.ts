import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditTable, auditTableAt, startAuditTable, TABLE } from '../../test/support/audit-table.ts';
import { startFaultyProxy } from '../../test/support/faulty-proxy.ts';
import { credentialPath } from '../rotation/api-credential.ts';
import type { ListPosition } from '../rotation/credential-list.ts';
import { parseCredentialPattern } from '../rotation/credential-pattern.ts';
import { createListCredentials } from './credential-list.ts';

const INDEX: Record<string, string[]> = {
  'companies/ACME': ['S2-1'],
  'merchants/ACME': ['S2-1', 'S2-2', 'WS-1'],
  'merchants/ACME-DE': ['S2-3'],
  'merchants/ACMEX': ['S2-4'],
};
const ALL = Object.entries(INDEX).flatMap(([account, ids]) =>
  ids.map((id) => `${account}/apiCredentials/${id}`),
);

let table: AuditTable;
beforeAll(async () => {
  table = await startAuditTable();
  for (const [account, ids] of Object.entries(INDEX)) await index(account, ids);
});
afterAll(() => table.close());

/** Writes the index as rotations do. */
async function index(account: string, ids: readonly string[]): Promise<void> {
  const items = [
    { credential: 'accounts', number: account },
    ...ids.map((id) => ({ credential: `credentials/${account}`, number: id })),
  ];
  for (let from = 0; from < items.length; from += 25) {
    const requests = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await table.client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: requests } }));
  }
}

const page = (patterns: string[], after?: ListPosition, atMost = 100, client = table.client) =>
  createListCredentials(client, TABLE)(patterns.map(parseCredentialPattern), after, atMost);
const all = async (...patterns: string[]) => (await page(patterns)).credentials.map(credentialPath);

/** All pages of this size. */
async function pages(atMost: number, ...patterns: string[]): Promise<string[][]> {
  const found: string[][] = [];
  let after: ListPosition | undefined;
  do {
    const { credentials, next } = await page(patterns, after, atMost);
    found.push(credentials.map(credentialPath));
    after = next;
  } while (after);
  return found;
}

describe('the list of API credentials', () => {
  it.each<[string, string[], string[]]>([
    ['all', ['*/*/apiCredentials/*'], ALL],
    ['those of some accounts', ['merchants/ACME*/apiCredentials/*'], ALL.slice(1)],
    ['those of one account', ['merchants/ACME/apiCredentials/*'], ALL.slice(1, 4)],
    ['those with some ids', ['*/*/apiCredentials/S2-*'], ALL.filter((path) => path.includes('S2-'))],
    ['those whose names end so', ['*/*DE/apiCredentials/*3'], ['merchants/ACME-DE/apiCredentials/S2-3']],
    ['a single one', ['merchants/ACME/apiCredentials/S2-2'], ['merchants/ACME/apiCredentials/S2-2']],
    [
      'those of several patterns, each once',
      [
        'merchants/ACME/apiCredentials/S2-2',
        'merchants/ACME/apiCredentials/*',
        'companies/*/apiCredentials/*',
      ],
      ALL.slice(0, 4),
    ],
    ['none', [], []],
  ])('has %s', async (_what, patterns, expected) => {
    expect(await all(...patterns)).toEqual(expected);
  });

  it('has no id of one account that a pattern covers only in another', async () => {
    expect(await all('merchants/ACME/apiCredentials/WS-*', 'companies/*/apiCredentials/S2-*')).toEqual([
      'companies/ACME/apiCredentials/S2-1',
      'merchants/ACME/apiCredentials/WS-1',
    ]);
  });

  it.each([1, 2, 3, 5, 6])('comes in pages of %i, each entry once, and no empty page', async (size) => {
    const found = await pages(size, '*/*/apiCredentials/*');
    expect(found.flat()).toEqual(ALL);
    expect(found.map((one) => one.length)).not.toContain(0);
  });

  it('goes on after an entry that is no longer there', async () => {
    const { credentials } = await page(['*/*/apiCredentials/*'], { account: 'merchants/ACME', id: 'S2-1a' });
    expect(credentials.map(credentialPath)).toEqual(ALL.slice(2));
  });
});

describe('a page of the list', () => {
  const ids = (count: number) =>
    Array.from({ length: count }, (_, at) => `S2-${String(at).padStart(6, '0')}`);

  it('costs the same of 100 and of 5,000 API credentials, and does not scan', async () => {
    await index('merchants/SMALL', ids(100));
    await index('merchants/LARGE', ids(5_000));
    const proxy = await startFaultyProxy(table.dynamoDb.url);
    const reached = auditTableAt(proxy.url);
    const costOf = async (account: string) => {
      const before = proxy.operations.length;
      const after = { account, id: 'S2-000050' };
      const { credentials } = await page([`${account}/apiCredentials/*`], after, 20, reached.client);
      expect(credentials).toHaveLength(20);
      return proxy.operations.slice(before);
    };
    const small = await costOf('merchants/SMALL');
    expect(await costOf('merchants/LARGE')).toEqual(small);
    expect(small).toHaveLength(1);
    expect(proxy.operations.join()).not.toContain('Scan');
    reached.client.destroy();
    await proxy.close();
  });

  it('is short if a pattern covers few of many, and the next one goes on', async () => {
    await index('merchants/MANY', [...ids(2_500), 'S2-000500-last', 'S2-002400-last']);
    const pattern = 'merchants/MANY/apiCredentials/*-last';
    const found = await pages(20, pattern);
    expect(found.flat().map((path) => path.split('/').at(-1))).toEqual(['S2-000500-last', 'S2-002400-last']);
    expect(found.length).toBe(3);
  });
});
