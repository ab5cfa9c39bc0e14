import type { InputOf } from './inputs.ts';
import type { LocalSecret } from './secrets.ts';
import { invalidNextToken } from './secrets-manager-error.ts';

/**
 * One page of the secrets, as `ListSecrets` returns it: by the date of creation, of those whose names begin with one of
 * the values of each filter. Throws `InvalidNextTokenException`.
 */
export function listSecrets(
  oldestFirst: readonly LocalSecret[],
  { Filters, MaxResults, NextToken, SortOrder }: InputOf<'ListSecrets'>,
) {
  const sorted = SortOrder === 'asc' ? oldestFirst : oldestFirst.toReversed();
  const found = sorted.filter(({ name }) =>
    Filters.every(({ Values }) => Values.some((prefix) => name.startsWith(prefix))),
  );
  // The token names the last secret before it: none is left out or repeated if others are created between two pages.
  const from = NextToken === undefined ? 0 : found.findIndex(({ arn }) => arn === NextToken) + 1;
  if (NextToken !== undefined && from === 0) throw invalidNextToken();
  const page = found.slice(from, from + MaxResults);
  const last = page.at(-1);
  return {
    SecretList: page.map(({ arn, name, createdAt, rotation }) => ({
      ARN: arn,
      Name: name,
      CreatedDate: createdAt / 1000,
      RotationEnabled: rotation.enabled,
    })),
    ...(last && last !== found.at(-1) && { NextToken: last.arn }),
  };
}
