import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';

/**
 * Opens the connection to DynamoDB before the first request needs it, by a query that finds nothing (half a read unit).
 * Most of what it saves is the first run of the SDK's code. Throws the SDK's errors.
 */
export async function connect(client: DynamoDBDocumentClient, tableName: string): Promise<void> {
  await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: '#credential = :nothing',
      ExpressionAttributeNames: { '#credential': 'credential' },
      // Every partition of the table begins with a word.
      ExpressionAttributeValues: { ':nothing': '-' },
      Limit: 1,
    }),
  );
}
