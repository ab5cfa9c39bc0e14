import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Rotation } from '../rotation/rotation.ts';
import { fromItem, OPEN_SHARDS, openShardName } from './item.ts';
import { queryAll } from './query.ts';

/** So many keys are asked for at a time. */
const BATCH = 25;

/** One rotation that was due when it was found. `read` gets it as it is now, strongly consistent. */
export type DueRotation = Readonly<{
  credential: string;
  number: string;
  read(): Promise<Rotation | undefined>;
}>;

/**
 * Finds the rotations that are past their lease, or have an event that is due, in bounded batches. It may throw what
 * AWS throws.
 */
export type FindDue = (now: number) => AsyncGenerator<DueRotation, void>;

/** Makes the search in the sparse index `open`: where nothing is left to be done, a rotation is not in it. */
export function createFindDue(client: DynamoDBDocumentClient, tableName: string): FindDue {
  return async function* findDue(now) {
    for (let shard = 0; shard < OPEN_SHARDS; shard += 1) {
      const keys = queryAll(client, {
        TableName: tableName,
        IndexName: 'open',
        KeyConditionExpression: '#openShard = :shard AND #dueAt <= :now',
        ExpressionAttributeNames: { '#openShard': 'openShard', '#dueAt': 'dueAt' },
        ExpressionAttributeValues: { ':shard': openShardName(shard), ':now': new Date(now).toISOString() },
        Limit: BATCH,
      });
      for await (const { credential, number } of keys) {
        yield { credential: String(credential), number: String(number), read: () => get(credential, number) };
      }
    }
  };

  async function get(credential: unknown, number: unknown): Promise<Rotation | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { credential, number }, ConsistentRead: true }),
    );
    return Item && fromItem(Item);
  }
}
