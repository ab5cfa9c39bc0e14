import { BatchGetCommand, type DynamoDBDocumentClient, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { credentialPath, parseCredentialPath } from '../rotation/api-credential.ts';
import { type CredentialPattern, isCovered } from '../rotation/credential-pattern.ts';
import type { History, Listing } from '../rotation/history.ts';
import type { Rotation } from '../rotation/rotation.ts';
import { orUnavailable } from './audit-unavailable.ts';
import { indexedAccounts, indexedCredentials } from './credential-index.ts';
import { fromItem, sortKey } from './item.ts';
import { newestFirst } from './newest-first.ts';
import { type Partition, partitionsFor } from './partitions.ts';
import { queryAll } from './query.ts';

/** Sorts before every digit, with which every time and number begins. DynamoDB refuses an empty bound. */
const BEFORE_ALL = '0';
/** Sorts after every digit. */
const AFTER_ALL = '~';

/** The key of a rotation's item, and its position in the index that named it. */
type Key = Readonly<{ credential: string; number: string; position: string }>;

const KeySchema = v.object({
  credential: v.string(),
  number: v.string(),
  position: v.optional(v.string(), ''),
  statusPosition: v.optional(v.string(), ''),
});

/**
 * The reads of the audit table. Each asks an index for keys and the table for their items; none scans. Every item that is
 * read is returned, except in the last chunk of each partition.
 */
export function createHistory(client: DynamoDBDocumentClient, tableName: string): History {
  const index = {
    accounts: (prefix: string, atMost: number) => indexedAccounts(client, tableName, prefix, atMost),
    credentials: (account: string, prefix: string, atMost: number) =>
      indexedCredentials(client, tableName, account, prefix, atMost),
  };

  return {
    ofCredential(credential, limit, before) {
      return orUnavailable(async () => {
        const items = queryAll(client, {
          TableName: tableName,
          KeyConditionExpression: '#credential = :credential AND #number < :before',
          ExpressionAttributeNames: { '#credential': 'credential', '#number': 'number' },
          ExpressionAttributeValues: {
            ':credential': credentialPath(credential),
            ':before': before === undefined ? AFTER_ALL : sortKey(before),
          },
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: limit + 1,
        });
        const found = (await take(items, limit + 1)).map(fromItem);
        return { rotations: found.slice(0, limit), hasMore: found.length > limit };
      });
    },

    byId(id, patterns) {
      return orUnavailable(async () => {
        const keys = queryAll(client, {
          TableName: tableName,
          IndexName: 'rotation',
          KeyConditionExpression: '#id = :id',
          ExpressionAttributeNames: { '#id': 'id' },
          ExpressionAttributeValues: { ':id': id },
        });
        const [rotation] = await rotationsAt(await take(coveredBy(patterns, keysOf(keys)), 1));
        return rotation;
      });
    },

    list(listing) {
      return orUnavailable(async () => {
        const { limit, status } = listing;
        const partitions = await partitionsFor(listing.patterns, index);
        if (partitions === 'too-large') return partitions;
        const chunk = Math.max(2, Math.ceil((2 * limit) / Math.max(1, partitions.length)));
        const keys = newestFirst(
          partitions.map((partition) =>
            keysOf(queryAll(client, query(partition, listing, chunk)), listing.before),
          ),
        );
        const rotations: Rotation[] = [];
        for (;;) {
          const wanted = await take(keys, limit - rotations.length);
          // The index lags: a rotation that has ended since may no longer have the status that was asked for.
          const found = (await rotationsAt(wanted)).filter(
            (one) => status === undefined || one.status === status,
          );
          rotations.push(...found);
          if (wanted.length === 0) return { rotations, hasMore: false };
          if (rotations.length === limit) return { rotations, hasMore: !(await keys.next()).done };
        }
      });
    },
  };

  function query(
    partition: Partition,
    { from = BEFORE_ALL, to = AFTER_ALL, status, before }: Listing,
    chunk: number,
  ): QueryCommandInput {
    const prefix = status === undefined ? '' : `${status}#`;
    const [attribute, key] =
      partition.kind === 'account'
        ? ['account', partition.account]
        : ['credential', `${partition.account}/apiCredentials/${partition.apiCredentialId}`];
    return {
      TableName: tableName,
      IndexName: `${attribute}-by-${status === undefined ? 'time' : 'status'}`,
      KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :from AND :to',
      ExpressionAttributeNames: {
        '#partition': attribute,
        '#sort': status === undefined ? 'position' : 'statusPosition',
      },
      ExpressionAttributeValues: {
        ':partition': key,
        ':from': `${prefix}${from}`,
        // A position is longer than its time: positions at the time `to` itself sort after it and are left out.
        ':to': `${prefix}${before ?? to}`,
      },
      ScanIndexForward: false,
      Limit: chunk,
    };
  }

  /** The items of these keys, strongly consistent, in the keys' order. A record that has expired is left out. */
  async function rotationsAt(keys: readonly Key[]): Promise<Rotation[]> {
    const found = new Map<string, Rotation>();
    let wanted = keys.map(({ credential, number }) => ({ credential, number }));
    while (wanted.length > 0) {
      const request = { [tableName]: { Keys: wanted, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: request }),
      );
      for (const item of Responses?.[tableName] ?? []) {
        const rotation = fromItem(item);
        found.set(credentialPath(rotation.credential) + sortKey(rotation.number), rotation);
      }
      // They are the keys that were sent.
      wanted = (UnprocessedKeys?.[tableName]?.Keys ?? []) as typeof wanted;
    }
    return keys.flatMap(({ credential, number }) => found.get(credential + number) ?? []);
  }
}

/** The keys in an index's items, without the one at which the previous page ended. */
async function* keysOf(
  items: AsyncGenerator<Record<string, unknown>, void>,
  before?: string,
): AsyncGenerator<Key, void> {
  for await (const item of items) {
    const { credential, number, position, statusPosition } = v.parse(KeySchema, item);
    const place = position || statusPosition.slice(statusPosition.indexOf('#') + 1);
    if (place !== before) yield { credential, number, position: place };
  }
}

async function* coveredBy(
  patterns: readonly CredentialPattern[],
  keys: AsyncGenerator<Key, void>,
): AsyncGenerator<Key, void> {
  for await (const key of keys) {
    const credential = parseCredentialPath(key.credential);
    if (credential && isCovered(credential, patterns)) yield key;
  }
}

/** The next `count` values of a stream, or the rest of it. More can be taken from the stream later. */
async function take<T>(stream: AsyncGenerator<T, void>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await stream.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
