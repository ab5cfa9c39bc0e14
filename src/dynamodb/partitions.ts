import pMap from 'p-map';
import { LEVELS } from '../rotation/api-credential.ts';
import type { CredentialPattern, Glob } from '../rotation/credential-pattern.ts';
import { QUERIES_AT_ONCE } from './query.ts';

/** One partition that a listing reads: all rotations of an account, or those of one API credential. */
export type Partition = Readonly<
  { kind: 'account'; account: string } | { kind: 'credential'; account: string; apiCredentialId: string }
>;

/** Finds the accounts and API credentials that have rotations, by the beginning of their name. */
export type CredentialIndex = Readonly<{
  accounts(prefix: string): Promise<string[]>;
  credentials(account: string, prefix: string): Promise<string[]>;
}>;

/**
 * The partitions that hold all that the patterns cover, and nothing else, each once. A listing that reads only these
 * discards nothing, even if its caller may see only a small part of the table.
 */
export async function partitionsFor(
  patterns: readonly CredentialPattern[],
  index: CredentialIndex,
): Promise<Partition[]> {
  const found = await Promise.all(patterns.map((pattern) => partitionsOf(pattern, index)));
  const partitions = found.flat();
  const whole = new Set(partitions.filter(({ kind }) => kind === 'account').map(({ account }) => account));
  const needed = partitions.filter(({ kind, account }) => kind === 'account' || !whole.has(account));
  return [...new Map(needed.map((partition) => [JSON.stringify(partition), partition])).values()];
}

async function partitionsOf(pattern: CredentialPattern, index: CredentialIndex): Promise<Partition[]> {
  const levels = LEVELS.filter((level) => pattern.level.matches(level));
  const accounts = await Promise.all(levels.map((level) => accountsOf(level, pattern.accountId, index)));
  const { apiCredentialId } = pattern;
  const partitionsIn = async (account: string): Promise<Partition[]> => {
    if (isAnything(apiCredentialId)) return [{ kind: 'account', account }];
    const ids =
      apiCredentialId.literal === undefined
        ? await index.credentials(account, apiCredentialId.prefix)
        : [apiCredentialId.literal];
    return ids
      .filter(apiCredentialId.matches)
      .map((id): Partition => ({ kind: 'credential', account, apiCredentialId: id }));
  };
  return (await pMap(accounts.flat(), partitionsIn, { concurrency: QUERIES_AT_ONCE })).flat();
}

async function accountsOf(level: string, accountId: Glob, index: CredentialIndex): Promise<string[]> {
  if (accountId.literal !== undefined) return [`${level}/${accountId.literal}`];
  const accounts = await index.accounts(`${level}/${accountId.prefix}`);
  return accounts.filter((account) => accountId.matches(account.slice(level.length + 1)));
}

function isAnything({ prefix, literal, matches }: Glob): boolean {
  return prefix === '' && literal === undefined && matches('');
}
