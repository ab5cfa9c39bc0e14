import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientOptions } from './aws-client-options.ts';
import { quiet } from './quiet.ts';

/**
 * Makes the client of the audit table.
 *
 * @param endpoint instead of the one that the SDK finds in the environment
 */
export function createTableClient(endpoint?: string): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(
    quiet(new DynamoDBClient({ ...awsClientOptions, ...(endpoint && { endpoint }) })),
  );
}
