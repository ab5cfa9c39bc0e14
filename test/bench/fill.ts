import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The most items that one `BatchWriteItem` takes. */
const BATCH = 25;

/** Writes `size` items to a table. */
export async function fill(
  client: DynamoDBDocumentClient,
  tableName: string,
  size: number,
  itemOf: (index: number) => Record<string, unknown>,
): Promise<void> {
  for (let start = 0; start < size; start += BATCH) {
    const puts = Array.from({ length: Math.min(BATCH, size - start) }, (_, offset) => ({
      PutRequest: { Item: itemOf(start + offset) },
    }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
  }
}
