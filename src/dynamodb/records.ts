import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { LEVELS } from '../rotation/api-credential.ts';
import { queryAll } from './query.ts';

/** The items of one API credential as they are stored, oldest first, strongly consistent. */
export function recordsOf(client: DynamoDBDocumentClient, tableName: string, credential: string) {
  return queryAll(client, {
    TableName: tableName,
    KeyConditionExpression: '#credential = :credential',
    ExpressionAttributeNames: { '#credential': 'credential' },
    ExpressionAttributeValues: { ':credential': credential },
    ConsistentRead: true,
  });
}

/**
 * Every API credential that has items, by a scan of the whole table: a proof must not rest on the lists that
 * whoever has edited the records could have edited too. For the command line only; no function may scan.
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
