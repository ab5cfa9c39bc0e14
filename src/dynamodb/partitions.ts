import pMap from 'p-map';
import { LEVELS } from '../rotation/api-credential.ts';
import type { CredentialPattern, Glob } from '../rotation/credential-pattern.ts';
import { QUERIES_AT_ONCE } from './query.ts';

/** One partition that a listing reads: all rotations of an account, or those of one API credential. */
export type Partition = Readonly<
  { kind: 'account'; account: string } | { kind: 'credential'; account: string; apiCredentialId: string }
>;

/** How much one listing may read: at 50 queries in about 10 ms it takes less than a second to begin. */
export const MOST_PARTITIONS = 2_000;
export const MOST_NAMES = 10_000;

/** Finds the accounts and API credentials that have rotations, by the beginning of their name: at most so many. */
export type CredentialIndex = Readonly<{
  accounts(prefix: string, atMost: number): Promise<string[]>;
  credentials(account: string, prefix: string, atMost: number): Promise<string[]>;
}>;

/** The same, without the limit: {@link bounded} has it. */
type Names = Readonly<{
  accounts(prefix: string): Promise<string[]>;
  credentials(account: string, prefix: string): Promise<string[]>;
}>;

/** The patterns cover more than one listing can read. */
class TooLarge extends Error {}

/**
 * The partitions that hold all that the patterns cover, and nothing else, each once. A listing that reads only these
 * discards nothing, even if its caller may see only a small part of the table. `too-large`: there are more than one
 * listing may read.
 */
export async function partitionsFor(
  patterns: readonly CredentialPattern[],
  index: CredentialIndex,
): Promise<Partition[] | 'too-large'> {
  try {
    const partitions = onceEach(await everyPartition(patterns, bounded(index)));
    return partitions.length > MOST_PARTITIONS ? 'too-large' : partitions;
  } catch (error) {
    if (error instanceof TooLarge) return 'too-large';
    throw error;
  }
}

/** Reads no names twice, and not more of them than one listing may. */
function bounded(index: CredentialIndex): Names {
  const found = new Map<string, Promise<string[]>>();
  let left = MOST_NAMES;
  const once = (query: string, ask: (atMost: number) => Promise<string[]>) => {
    const earlier = found.get(query);
    if (earlier) return earlier;
    const names = ask(left + 1).then((taken) => {
      left -= taken.length;
      if (left < 0) throw new TooLarge();
      return taken;
    });
    found.set(query, names);
    return names;
  };
  return {
    accounts: (prefix) => once(prefix, (atMost) => index.accounts(prefix, atMost)),
    credentials: (account, prefix) =>
      once(`${account} ${prefix}`, (atMost) => index.credentials(account, prefix, atMost)),
  };
}

async function everyPartition(patterns: readonly CredentialPattern[], names: Names): Promise<Partition[]> {
  const concurrency = QUERIES_AT_ONCE;
  const levels = patterns.flatMap((pattern) =>
    LEVELS.filter((level) => pattern.level.matches(level)).map((level) => ({ pattern, level })),
  );
  const accounts = await pMap(
    levels,
    async ({ pattern, level }) =>
      (await accountsOf(level, pattern.accountId, names)).map((account) => ({ pattern, account })),
    { concurrency },
  );
  const partitions = await pMap(
    accounts.flat(),
    ({ pattern, account }) => partitionsIn(account, pattern.apiCredentialId, names),
    { concurrency },
  );
  return partitions.flat();
}

async function accountsOf(level: string, accountId: Glob, names: Names): Promise<string[]> {
  if (accountId.literal !== undefined) return [`${level}/${accountId.literal}`];
  const accounts = await names.accounts(`${level}/${accountId.prefix}`);
  return accounts.filter((account) => accountId.matches(account.slice(level.length + 1)));
}

async function partitionsIn(account: string, apiCredentialId: Glob, names: Names): Promise<Partition[]> {
  if (isAnything(apiCredentialId)) return [{ kind: 'account', account }];
  const ids =
    apiCredentialId.literal === undefined
      ? await names.credentials(account, apiCredentialId.prefix)
      : [apiCredentialId.literal];
  return ids
    .filter(apiCredentialId.matches)
    .map((id): Partition => ({ kind: 'credential', account, apiCredentialId: id }));
}

function onceEach(partitions: readonly Partition[]): Partition[] {
  const whole = new Set(partitions.filter(({ kind }) => kind === 'account').map(({ account }) => account));
  const needed = partitions.filter(({ kind, account }) => kind === 'account' || !whole.has(account));
  return [...new Map(needed.map((partition) => [JSON.stringify(partition), partition])).values()];
}

function isAnything({ prefix, literal, matches }: Glob): boolean {
  return prefix === '' && literal === undefined && matches('');
}
