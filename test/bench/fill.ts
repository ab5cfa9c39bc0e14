import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../../src/dynamodb/item.ts';
import type { Rotation } from '../../src/rotation/rotation.ts';

/** The most items that one `BatchWriteItem` takes. */
const BATCH = 25;

/** Writes `size` rotations to a table, as Keyturn stores them. */
export async function fill(
  client: DynamoDBDocumentClient,
  tableName: string,
  size: number,
  rotationOf: (index: number) => Rotation,
): Promise<void> {
  for (let start = 0; start < size; start += BATCH) {
    const puts = Array.from({ length: Math.min(BATCH, size - start) }, (_, offset) => ({
      PutRequest: { Item: toItem(rotationOf(start + offset)) },
    }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
  }
}
