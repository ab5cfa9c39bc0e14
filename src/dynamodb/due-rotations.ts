import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { FindDue } from '../rotation/ports.ts';
import type { Rotation } from '../rotation/rotation.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import { fromItem, OPEN_SHARDS, openShardName } from './item.ts';
import { queryAll } from './query.ts';

/** How many keys one query asks for. */
const BATCH = 25;

/** Makes the search in the sparse index `open`: a rotation with nothing left to do is not in it. */
export function createFindDue(client: DynamoDBDocumentClient, tableName: string): FindDue {
  return async function* findDue(now) {
    for (let shard = 0; shard < OPEN_SHARDS; shard += 1) {
      const keys = queryAll(client, {
        TableName: tableName,
        IndexName: 'open',
        KeyConditionExpression: '#openShard = :shard AND #dueAt <= :now',
        ExpressionAttributeNames: { '#openShard': 'openShard', '#dueAt': 'dueAt' },
        ExpressionAttributeValues: { ':shard': openShardName(shard), ':now': toTimestamp(now) },
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
