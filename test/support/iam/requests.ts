import * as v from 'valibot';
import type { AwsCall } from '../gate.ts';
import { ACCOUNT, REGION } from './resolve-template.ts';

/** What IAM judges: may the caller do this with that? */
export type IamRequest = Readonly<{
  action: string;
  resource: string;
  /** The condition keys that the call sets, with their values. */
  context: Readonly<Record<string, string | string[]>>;
}>;

/** An attribute's value, as it goes over the socket. The table's keys are strings. */
const text = v.pipe(
  v.object({ S: v.string() }),
  v.transform(({ S }) => S),
);
const keyed = v.looseObject({ credential: text });

const query = v.object({
  TableName: v.string(),
  IndexName: v.optional(v.string()),
  KeyConditionExpression: v.string(),
  ExpressionAttributeValues: v.record(v.string(), v.looseObject({})),
});

const secret = v.object({
  SecretId: v.string(),
  VersionId: v.optional(v.string()),
  VersionStage: v.optional(v.string()),
});

/**
 * What each operation asks of IAM: its action, its resource, and the condition keys of the service that can be told from
 * its input. The names are those of the Service Authorization Reference,
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const OPERATIONS: Readonly<Record<string, (input: unknown) => IamRequest[]>> = {
  'DynamoDB_20120810.GetItem': (input) => {
    const { TableName, Key } = v.parse(v.object({ TableName: v.string(), Key: keyed }), input);
    return [ofTable('GetItem', TableName, [Key.credential])];
  },
  'DynamoDB_20120810.UpdateItem': (input) => {
    const { TableName, Key } = v.parse(v.object({ TableName: v.string(), Key: keyed }), input);
    return [ofTable('UpdateItem', TableName, [Key.credential])];
  },
  'DynamoDB_20120810.PutItem': (input) => {
    const { TableName, Item } = v.parse(v.object({ TableName: v.string(), Item: keyed }), input);
    return [ofTable('PutItem', TableName, [Item.credential])];
  },
  'DynamoDB_20120810.BatchGetItem': (input) => {
    const requests = v.record(v.string(), v.object({ Keys: v.array(keyed) }));
    const { RequestItems } = v.parse(v.object({ RequestItems: requests }), input);
    return Object.entries(RequestItems).map(([table, { Keys }]) =>
      ofTable(
        'BatchGetItem',
        table,
        Keys.map(({ credential }) => credential),
      ),
    );
  },
  'DynamoDB_20120810.Query': (input) => {
    const { TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues } = v.parse(query, input);
    const [, partition = ''] = /= (:\w+)/.exec(KeyConditionExpression) ?? [];
    const table = IndexName === undefined ? TableName : `${TableName}/index/${IndexName}`;
    return [ofTable('Query', table, [v.parse(text, ExpressionAttributeValues[partition])])];
  },
  'secretsmanager.DescribeSecret': (input) => [ofSecret('DescribeSecret', input)],
  'secretsmanager.GetSecretValue': (input) => [ofSecret('GetSecretValue', input)],
  // Its `VersionStages` are no condition key.
  'secretsmanager.PutSecretValue': (input) => [ofSecret('PutSecretValue', input)],
  'secretsmanager.UpdateSecretVersionStage': (input) => [ofSecret('UpdateSecretVersionStage', input)],
  'secretsmanager.ListSecrets': () => [{ action: 'secretsmanager:ListSecrets', resource: '*', context: {} }],
  'AWSEvents.PutEvents': (input) => {
    const entry = v.object({ EventBusName: v.string(), Source: v.string(), DetailType: v.string() });
    const { Entries } = v.parse(v.object({ Entries: v.array(entry) }), input);
    return Entries.map(({ EventBusName, Source, DetailType }) => ({
      action: 'events:PutEvents',
      resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${EventBusName}`,
      context: { 'events:source': Source, 'events:detail-type': DetailType },
    }));
  },
};

/** What a recorded call asks of IAM. Throws an error for an operation that is not described above. */
export function requestsOf({ operation, input }: AwsCall): IamRequest[] {
  const describe = OPERATIONS[operation];
  if (!describe) throw new Error(`It is not described here which permission ${operation} needs.`);
  return describe(JSON.parse(input));
}

function ofTable(action: string, table: string, partitions: string[]): IamRequest {
  return {
    action: `dynamodb:${action}`,
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`,
    context: { 'dynamodb:LeadingKeys': [...new Set(partitions)] },
  };
}

function ofSecret(action: string, input: unknown): IamRequest {
  const { SecretId, VersionId, VersionStage } = v.parse(secret, input);
  // The end of a secret's ARN is six random characters.
  const arn = SecretId.startsWith('arn:')
    ? SecretId
    : `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${SecretId}-AbCdEf`;
  return {
    action: `secretsmanager:${action}`,
    resource: arn,
    context: {
      'secretsmanager:SecretId': arn,
      ...(VersionId !== undefined && { 'secretsmanager:VersionId': VersionId }),
      ...(VersionStage !== undefined && { 'secretsmanager:VersionStage': VersionStage }),
    },
  };
}
