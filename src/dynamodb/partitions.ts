import pMap from 'p-map';
import { LEVELS } from '../rotation/api-credential.ts';
import type { CredentialPattern, Glob } from '../rotation/credential-pattern.ts';
import { QUERIES_AT_ONCE } from './query.ts';

/** One partition that a listing reads: of all an account's rotations, or of those of one API credential. */
export type Source = Readonly<
  { kind: 'account'; account: string } | { kind: 'credential'; account: string; apiCredentialId: string }
>;

/** Finds what begins with a text among what has rotations. */
export type CredentialIndex = Readonly<{
  accounts(prefix: string): Promise<string[]>;
  credentials(account: string, prefix: string): Promise<string[]>;
}>;

/**
 * The partitions that hold all that the patterns cover, and nothing else, each once. A listing that reads only these
 * has nothing to throw away, however little of the table its caller may see.
 */
export async function partitionsFor(
  patterns: readonly CredentialPattern[],
  registered: CredentialIndex,
): Promise<Source[]> {
  const found = await Promise.all(patterns.map((pattern) => sourcesForOne(pattern, registered)));
  const sources = found.flat();
  const whole = new Set(sources.filter(({ kind }) => kind === 'account').map(({ account }) => account));
  const needed = sources.filter(({ kind, account }) => kind === 'account' || !whole.has(account));
  return [...new Map(needed.map((source) => [JSON.stringify(source), source])).values()];
}

async function sourcesForOne(pattern: CredentialPattern, registered: CredentialIndex): Promise<Source[]> {
  const levels = LEVELS.filter((level) => pattern.level.matches(level));
  const accounts = await Promise.all(levels.map((level) => accountsOf(level, pattern.accountId, registered)));
  const { apiCredentialId } = pattern;
  const sourcesIn = async (account: string): Promise<Source[]> => {
    if (isAnything(apiCredentialId)) return [{ kind: 'account', account }];
    const ids =
      apiCredentialId.literal === undefined
        ? await registered.credentials(account, apiCredentialId.prefix)
        : [apiCredentialId.literal];
    return ids
      .filter(apiCredentialId.matches)
      .map((id): Source => ({ kind: 'credential', account, apiCredentialId: id }));
  };
  return (await pMap(accounts.flat(), sourcesIn, { concurrency: QUERIES_AT_ONCE })).flat();
}

async function accountsOf(level: string, accountId: Glob, registered: CredentialIndex): Promise<string[]> {
  if (accountId.literal !== undefined) return [`${level}/${accountId.literal}`];
  const accounts = await registered.accounts(`${level}/${accountId.prefix}`);
  return accounts.filter((account) => accountId.matches(account.slice(level.length + 1)));
}

function isAnything({ prefix, literal, matches }: Glob): boolean {
  return prefix === '' && literal === undefined && matches('');
}
