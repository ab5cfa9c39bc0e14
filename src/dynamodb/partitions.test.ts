import { describe, expect, it } from 'vitest';
import { parseCredentialPattern } from '../rotation/credential-pattern.ts';
import {
  type CredentialIndex,
  MOST_NAMES,
  MOST_PARTITIONS,
  type Partition,
  partitionsFor,
} from './partitions.ts';
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

const textOf = (partition: Partition) =>
  partition.kind === 'account' ? partition.account : `${partition.account}/${partition.apiCredentialId}`;
const partitionsIn = (index: CredentialIndex, ...patterns: string[]) =>
  partitionsFor(patterns.map(parseCredentialPattern), index);
async function partitionsOf(...patterns: string[]): Promise<string[]> {
  const found = await partitionsIn(registered, ...patterns);
  return found === 'too-large' ? [found] : found.map(textOf).sort();
}

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
    'some API credentials of one account',
    ['merchants/ACME_NL/apiCredentials/S2-*'],
    ['merchants/ACME_NL/S2-1', 'merchants/ACME_NL/S2-2'],
  ],
  ['some API credentials of many accounts', ['merchants/*/apiCredentials/*-3'], ['merchants/ACME_DE/S2-3']],
  [
    'overlapping patterns, each partition once',
    [
      'merchants/ACME_NL/apiCredentials/S2-1',
      'merchants/ACME_NL/apiCredentials/*',
      'merchants/*L/apiCredentials/*',
    ],
    ['merchants/ACMEX_NL', 'merchants/ACME_NL'],
  ],
  ['no pattern', [], []],
])('the partitions are found for %s', async (_what, patterns, expected) => {
  expect(await partitionsOf(...patterns)).toEqual(expected);
});

it('only a limited number of accounts is queried at once', async () => {
  let querying = 0;
  let most = 0;
  const found = await partitionsIn(
    {
      accounts: async () =>
        Array.from({ length: 3 * QUERIES_AT_ONCE }, (_, index) => `merchants/ACME_${index}`),
      credentials: async () => {
        querying += 1;
        most = Math.max(most, querying);
        await new Promise((resolve) => setImmediate(resolve));
        querying -= 1;
        return ['S2-1'];
      },
    },
    'merchants/*/apiCredentials/S2-*',
  );
  expect([found.length, most]).toEqual([3 * QUERIES_AT_ONCE, QUERIES_AT_ONCE]);
});

describe('a listing whose patterns cover more than it may read', () => {
  /** An index with so many accounts, which counts the names that it is asked for. */
  const indexOf = (accounts: number) => {
    const asked: number[] = [];
    const index: CredentialIndex = {
      async accounts(_prefix, atMost) {
        asked.push(atMost);
        return Array.from({ length: Math.min(accounts, atMost) }, (_, number) => `merchants/ACME_${number}`);
      },
      credentials: async () => [],
    };
    return { index, asked };
  };

  it.each([
    [MOST_PARTITIONS, MOST_PARTITIONS],
    [MOST_PARTITIONS + 1, 'too-large'],
  ])('is too large: of %i accounts', async (accounts, expected) => {
    const found = await partitionsIn(indexOf(accounts).index, 'merchants/*/apiCredentials/*');
    expect(found === 'too-large' ? found : found.length).toBe(expected);
  });

  it('ends after a limited number of names, however many the index has and however few are covered', async () => {
    const { index, asked } = indexOf(1_000_000);
    expect(await partitionsIn(index, 'merchants/*_NL/apiCredentials/*')).toBe('too-large');
    expect(asked).toEqual([MOST_NAMES + 1]);
  });

  it('reads the same names once for all patterns', async () => {
    const { index, asked } = indexOf(100);
    const patterns = Array.from({ length: 500 }, (_, number) => `merchants/*${number}/apiCredentials/*`);
    const found = await partitionsIn(index, ...patterns);
    expect([found.length, asked.length]).toEqual([100, 1]);
  });
});
