import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { LEVELS } from '../rotation/api-credential.ts';
import type { FoundRecord } from '../rotation/verify-chain.ts';
import { fromItem, toItem } from './item.ts';
import { queryAll } from './query.ts';

/** The records of one API credential as they are stored, oldest first, strongly consistent. */
export async function* recordsOf(
  client: DynamoDBDocumentClient,
  tableName: string,
  credential: string,
): AsyncGenerator<FoundRecord, void> {
  const items = queryAll(client, {
    TableName: tableName,
    KeyConditionExpression: '#credential = :credential',
    ExpressionAttributeNames: { '#credential': 'credential' },
    ExpressionAttributeValues: { ':credential': credential },
    ConsistentRead: true,
  });
  for await (const item of items) yield toRecord(item);
}

/** Any item as a record, readable or not. */
export function toRecord(item: Record<string, unknown>): FoundRecord {
  const number = Number(item.number);
  try {
    const rotation = fromItem(item);
    return { number, rotation, isExact: isDeepStrictEqual(toItem(rotation), item) };
  } catch {
    // The reason why it cannot be read would quote what was put there.
    return { number, isExact: false };
  }
}

/**
 * Every API credential that has items, by a scan of the whole table: someone who has edited records could have edited
 * the credential index too. For the command line only; no function may scan.
 */
export async function everyCredential(
  client: DynamoDBDocumentClient,
  tableName: string,
  onProgress: (items: number) => void,
): Promise<Set<string>> {
  const credentials = new Set<string>();
  let items = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        ProjectionExpression: '#credential',
        ExpressionAttributeNames: { '#credential': 'credential' },
        ConsistentRead: true,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    for (const { credential } of page.Items ?? []) {
      items += 1;
      if (LEVELS.some((level) => String(credential).startsWith(`${level}/`)))
        credentials.add(String(credential));
    }
    onProgress(items);
    start = page.LastEvaluatedKey;
  } while (start);
  return credentials;
}
