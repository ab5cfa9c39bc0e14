import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type ApiCredential, LEVELS, parseCredentialPath } from '../rotation/api-credential.ts';
import { AFTER_ALL_IDS, type ListCredentials, type ListPosition } from '../rotation/credential-list.ts';
import type { CredentialPattern, Glob } from '../rotation/credential-pattern.ts';
import { ascending } from './ascending.ts';
import { orUnavailable } from './audit-unavailable.ts';
import { accountNames, credentialNames, type NameRange } from './credential-index.ts';

/** How many names one page looks at: a pattern may cover only a few of many. */
const MAX_LOOKED_AT = 1_000;

type LookedAt = Readonly<{ position: ListPosition; credential?: ApiCredential }>;

/** The beginnings of names to search, or the only name. */
type Search = Readonly<{ literal: string } | { prefix: string }>;

/**
 * Makes the list from the index of the listings. A page reads the index from its position on, so that it costs the same
 * however long the list is. It does not scan.
 */
export function createListCredentials(client: DynamoDBDocumentClient, tableName: string): ListCredentials {
  return (patterns, after, atMost) =>
    orUnavailable(async () => {
      const credentials: ApiCredential[] = [];
      let next: ListPosition | undefined;
      let looked = 0;
      for await (const { position, credential } of names(patterns, after)) {
        if ((credential && credentials.length === atMost) || looked === MAX_LOOKED_AT) {
          return { credentials, ...(next && { next }) };
        }
        looked += 1;
        next = position;
        if (credential) credentials.push(credential);
      }
      return { credentials };
    });

  /** Each name that is looked at, and its API credential if a pattern covers it. */
  async function* names(
    patterns: readonly CredentialPattern[],
    after: ListPosition | undefined,
  ): AsyncGenerator<LookedAt, void> {
    for await (const account of accounts(patterns, after?.account)) {
      const ids = patterns.filter((one) => coversAccount(one, account)).map((one) => one.apiCredentialId);
      for await (const id of idsIn(account, ids, account === after?.account ? after.id : undefined)) {
        const isCovered = ids.some(({ matches }) => matches(id));
        const credential = isCovered && parseCredentialPath(`${account}/apiCredentials/${id}`);
        yield { position: { account, id }, ...(credential && { credential }) };
      }
      yield { position: { account, id: AFTER_ALL_IDS } };
    }
  }

  function accounts(patterns: readonly CredentialPattern[], from: string | undefined) {
    const searches = patterns.flatMap(({ level, accountId }) =>
      LEVELS.filter(level.matches).map((name) => searchOf(accountId, `${name}/`)),
    );
    return ascending(
      once(searches).map((search) =>
        found(search, { from }, (range) => accountNames(client, tableName, range)),
      ),
    );
  }

  /** @param after the id at which the page before ended */
  function idsIn(account: string, ids: readonly Glob[], after: string | undefined) {
    const searches = once(ids.map((id) => searchOf(id)));
    return ascending(
      searches.map((search) =>
        found(search, { after }, (range) => credentialNames(client, tableName, account, range)),
      ),
    );
  }
}

function coversAccount({ level, accountId }: CredentialPattern, account: string): boolean {
  const slash = account.indexOf('/');
  return level.matches(account.slice(0, slash)) && accountId.matches(account.slice(slash + 1));
}

function searchOf({ literal, prefix }: Glob, before = ''): Search {
  return literal === undefined ? { prefix: before + prefix } : { literal: before + literal };
}

function once(searches: readonly Search[]): Search[] {
  return [...new Map(searches.map((search) => [JSON.stringify(search), search])).values()];
}

/** The names of a search from a place on, with or without that place itself. */
async function* found(
  search: Search,
  { from = '', after }: Readonly<{ from?: string | undefined; after?: string | undefined }>,
  namesIn: (range: NameRange) => AsyncIterable<string>,
): AsyncGenerator<string, void> {
  const isAhead = (name: string) => name >= from && (after === undefined || name > after);
  if ('literal' in search) {
    if (isAhead(search.literal)) yield search.literal;
    return;
  }
  for await (const name of namesIn({ prefix: search.prefix, from: after ?? from })) {
    if (isAhead(name)) yield name;
  }
}
