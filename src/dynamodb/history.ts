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
import { partitionsFor, type Source } from './partitions.ts';
import { queryAll } from './query.ts';

/** No time and no number begins with less than a digit. DynamoDB takes no empty text for a bound. */
const BEFORE_ALL = '0';
/** "~" comes after every digit. */
const AFTER_ALL = '~';

/** The key of a rotation's item, and its place in the index that told of it. */
type Key = Readonly<{ credential: string; number: string; position: string }>;

const KeySchema = v.object({
  credential: v.string(),
  number: v.string(),
  position: v.optional(v.string(), ''),
  statusPosition: v.optional(v.string(), ''),
});

/**
 * The reads of the audit table. Each asks for keys in an index and for their items in the table; none scans, and
 * none reads what it does not answer with, but for the last chunk of each source.
 */
export function createHistory(client: DynamoDBDocumentClient, tableName: string): History {
  const registered = {
    accounts: (prefix: string) => indexedAccounts(client, tableName, prefix),
    credentials: (account: string, prefix: string) => indexedCredentials(client, tableName, account, prefix),
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
        const sources = await partitionsFor(listing.patterns, registered);
        const chunk = Math.max(2, Math.ceil((2 * limit) / Math.max(1, sources.length)));
        const keys = newestFirst(
          sources.map((source) => keysOf(queryAll(client, query(source, listing, chunk)), listing.before)),
        );
        const rotations: Rotation[] = [];
        for (;;) {
          const wanted = await take(keys, limit - rotations.length);
          // A rotation that has ended since its index was written is no longer what was asked for.
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
    source: Source,
    { from = BEFORE_ALL, to = AFTER_ALL, status, before }: Listing,
    chunk: number,
  ): QueryCommandInput {
    const prefix = status === undefined ? '' : `${status}#`;
    const [partition, key] =
      source.kind === 'account'
        ? ['account', source.account]
        : ['credential', `${source.account}/apiCredentials/${source.apiCredentialId}`];
    return {
      TableName: tableName,
      IndexName: `${partition}-by-${status === undefined ? 'time' : 'status'}`,
      KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :from AND :to',
      ExpressionAttributeNames: {
        '#partition': partition,
        '#sort': status === undefined ? 'position' : 'statusPosition',
      },
      ExpressionAttributeValues: {
        ':partition': key,
        ':from': `${prefix}${from}`,
        // A position is a time and more, so that those at the time itself come behind it and are left out.
        ':to': `${prefix}${before ?? to}`,
      },
      ScanIndexForward: false,
      Limit: chunk,
    };
  }

  /** The items of these keys, strongly consistent, in the keys' order. What has expired meanwhile is left out. */
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

/** The keys in an index's items, but for the one where the page before has ended. */
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

/** The next `count` of a stream, or what is left of it. The stream can be taken from again. */
async function take<T>(stream: AsyncGenerator<T, void>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await stream.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
