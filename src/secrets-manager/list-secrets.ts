import { paginateListSecrets, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ListSecrets } from '../rotation/ports.ts';

/** The most that AWS returns at once. */
const PAGE_SIZE = 100;

/**
 * Makes the list of the secrets whose names begin with one of the prefixes. As AWS has it
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html):
 * - the filter `name` compares the beginning, case-sensitive;
 * - a change may be missing from the list for five minutes;
 * - secrets that are scheduled for deletion are left out, unless `IncludePlannedDeletion` is set.
 *
 * An account may ask 100 times a second
 * (https://aws.amazon.com/about-aws/whats-new/2022/11/aws-secrets-manager-increases-api-requests-per-second-limits/).
 * Pages are read one after another, which stays far below that.
 *
 * @param namePrefixes none of which begins with another. An empty one lists all secrets
 */
export function createListSecrets(
  client: SecretsManagerClient,
  namePrefixes: readonly string[],
): ListSecrets {
  return async function* listSecrets() {
    for (const prefix of namePrefixes) {
      for await (const { Name, ARN } of entriesOf(client, prefix)) {
        if (Name && ARN) yield { name: Name, arn: ARN };
      }
    }
  };
}

async function* entriesOf(client: SecretsManagerClient, prefix: string) {
  const pages = paginateListSecrets(
    { client, pageSize: PAGE_SIZE },
    // By the date of creation: if time runs out, the new secrets, which nothing knows yet, have been seen.
    { SortOrder: 'desc', ...(prefix && { Filters: [{ Key: 'name', Values: [prefix] }] }) },
  );
  for await (const { SecretList = [] } of pages) yield* SecretList;
}
