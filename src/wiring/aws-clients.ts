import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientOptions } from './aws-client-options.ts';
import { quiet } from './quiet.ts';
import { createTableClient } from './table-client.ts';

/** The clients of a function that rotates. */
export type AwsClients = Readonly<{
  table: DynamoDBDocumentClient;
  secretsManager: SecretsManagerClient;
  bus: EventBridgeClient;
}>;

/** @param endpoints by service, instead of those that the SDK finds in the environment */
export function createAwsClients(
  endpoints: Readonly<{ dynamoDb?: string; secretsManager?: string; bus?: string }> = {},
): AwsClients {
  const at = (endpoint: string | undefined) => ({ ...awsClientOptions, ...(endpoint && { endpoint }) });
  return {
    table: createTableClient(endpoints.dynamoDb),
    secretsManager: quiet(new SecretsManagerClient(at(endpoints.secretsManager))),
    bus: quiet(new EventBridgeClient(at(endpoints.bus))),
  };
}
