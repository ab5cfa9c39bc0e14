import { expect, it } from 'vitest';
import { parseCredentialPattern } from '../rotation/credential-pattern.ts';
import { type Partition, partitionsFor } from './partitions.ts';
import { QUERIES_AT_ONCE } from './query.ts';

const CREDENTIALS: Record<string, string[]> = {
  'companies/ACME': ['S2-1'],
  'merchants/ACME_NL': ['S2-1', 'S2-2', 'WS-1'],
  'merchants/ACME_DE': ['S2-3'],
  'merchants/ACMEX_NL': ['S2-4'],
};

const registered = {
  accounts: async (prefix: string) =>
    Object.keys(CREDENTIALS).filter((account) => account.startsWith(prefix)),
  credentials: async (account: string, prefix: string) =>
    (CREDENTIALS[account] ?? []).filter((id) => id.startsWith(prefix)),
};

const textOf = (source: Partition) =>
  source.kind === 'account' ? source.account : `${source.account}/${source.apiCredentialId}`;
const sources = async (...patterns: string[]) =>
  (await partitionsFor(patterns.map(parseCredentialPattern), registered)).map(textOf).sort();

it.each<[string, string[], string[]]>([
  ['one account', ['merchants/ACME_NL/apiCredentials/*'], ['merchants/ACME_NL']],
  ['an account without rotations', ['merchants/NONE/apiCredentials/*'], ['merchants/NONE']],
  [
    'accounts by their beginning',
    ['merchants/ACME_*/apiCredentials/*'],
    ['merchants/ACME_DE', 'merchants/ACME_NL'],
  ],
  ['accounts by their end', ['merchants/*_NL/apiCredentials/*'], ['merchants/ACMEX_NL', 'merchants/ACME_NL']],
  ['both levels', ['*/ACME*/apiCredentials/**'], Object.keys(CREDENTIALS).sort()],
  ['one API credential', ['merchants/ACME_NL/apiCredentials/S2-1'], ['merchants/ACME_NL/S2-1']],
  [
    'some of an account',
    ['merchants/ACME_NL/apiCredentials/S2-*'],
    ['merchants/ACME_NL/S2-1', 'merchants/ACME_NL/S2-2'],
  ],
  ['some of many accounts', ['merchants/*/apiCredentials/*-3'], ['merchants/ACME_DE/S2-3']],
  [
    'patterns that overlap, each partition once',
    [
      'merchants/ACME_NL/apiCredentials/S2-1',
      'merchants/ACME_NL/apiCredentials/*',
      'merchants/*L/apiCredentials/*',
    ],
    ['merchants/ACMEX_NL', 'merchants/ACME_NL'],
  ],
  ['nothing', [], []],
])('the partitions for %s', async (_what, patterns, expected) => {
  expect(await sources(...patterns)).toEqual(expected);
});

it('of a great many accounts only some are asked at once', async () => {
  let asking = 0;
  let most = 0;
  const found = await partitionsFor([parseCredentialPattern('merchants/*/apiCredentials/S2-*')], {
    accounts: async () =>
      Array.from({ length: 3 * QUERIES_AT_ONCE }, (_, index) => `merchants/ACME_${index}`),
    credentials: async () => {
      asking += 1;
      most = Math.max(most, asking);
      await new Promise((resolve) => setImmediate(resolve));
      asking -= 1;
      return ['S2-1'];
    },
  });
  expect([found.length, most]).toEqual([3 * QUERIES_AT_ONCE, QUERIES_AT_ONCE]);
});
