import * as v from 'valibot';
import { addStatements, isFunctionRole, mapResources, type Resources, type Statement } from './template.ts';

/** The ARN of a key. Neither an alias nor a bare id: a policy cannot allow their use. Empty is the key that AWS manages. */
const keyArn = v.pipe(
  v.string(),
  v.regex(/^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+)?$/, 'must be the ARN of a key in KMS'),
);
/** A key, and the text by which the resource that it encrypts is found in a policy. */
const entry = v.object({ key: keyArn, resource: v.pipe(v.string(), v.nonEmpty()) });

/** The customer-managed keys, by what they encrypt. */
export const KeysSchema = v.object({
  managementCredential: entry,
  managedSecrets: entry,
  auditTable: entry,
  deadLetters: entry,
  logs: v.object({ key: keyArn }),
});
export type Keys = v.InferOutput<typeof KeysSchema>;

/**
 * The calls of KMS that a service makes in the caller's name for a call of its own.
 *
 * Secrets Manager: docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html.
 * DynamoDB: docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html. It decrypts the table's
 * key for each caller, reader or writer, and makes that key once, for the principal that creates the table.
 * SQS: docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html. A producer needs both.
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'secretsmanager:DescribeSecret': [],
  'secretsmanager:UpdateSecretVersionStage': [],
  'secretsmanager:GetSecretValue': ['kms:Decrypt'],
  'secretsmanager:PutSecretValue': ['kms:Decrypt', 'kms:GenerateDataKey'],
  'dynamodb:BatchGetItem': ['kms:Decrypt'],
  'dynamodb:GetItem': ['kms:Decrypt'],
  'dynamodb:PutItem': ['kms:Decrypt'],
  'dynamodb:Query': ['kms:Decrypt'],
  'dynamodb:UpdateItem': ['kms:Decrypt'],
  'sqs:SendMessage': ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** What a function's calls reach, and the service that decrypts it. Logs are written by Lambda and the gateway. */
const DATA = [
  ['managementCredential', 'secretsmanager'],
  ['managedSecrets', 'secretsmanager'],
  ['auditTable', 'dynamodb'],
  ['deadLetters', 'sqs'],
] as const;

/**
 * Encrypts the table, the dead letters and the logs with customer-managed keys, and lets each role use a key for exactly
 * the calls that its other statements allow, through that service only. Without a key everything stays as it is.
 */
export function encryptWith(keys: Keys, resources: Resources): Resources {
  return mapResources(resources, (resource, id) => {
    const { Type, Properties } = resource;
    if (Type === 'AWS::Logs::LogGroup' && keys.logs.key) {
      return { ...resource, Properties: { ...Properties, KmsKeyId: keys.logs.key } };
    }
    if (id === 'AuditTable' && keys.auditTable.key) {
      const SSESpecification = { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keys.auditTable.key };
      return { ...resource, Properties: { ...Properties, SSESpecification } };
    }
    if (id === 'DeadLetters' && keys.deadLetters.key) {
      // One excludes the other.
      const { SqsManagedSseEnabled, ...others } = Properties;
      return { ...resource, Properties: { ...others, KmsMasterKeyId: keys.deadLetters.key } };
    }
    return isFunctionRole(id)
      ? addStatements(resource, (statements) => keyStatements(keys, statements))
      : resource;
  });
}

function keyStatements(keys: Keys, statements: readonly Statement[]): Statement[] {
  return DATA.flatMap(([name, service]) => {
    const { key, resource } = keys[name];
    if (!key) return [];
    const actions = statements
      .filter(({ Resource }) => JSON.stringify(Resource).includes(resource))
      .flatMap(({ Action }) => [Action].flat())
      .filter((action) => action.startsWith(`${service}:`))
      .flatMap(callsOf);
    if (actions.length === 0) return [];
    return [
      {
        Effect: 'Allow',
        Action: [...new Set(actions)].sort(),
        Resource: [key],
        Condition: {
          StringEquals: { 'kms:ViaService': { 'Fn::Sub': `${service}.\${AWS::Region}.amazonaws.com` } },
        },
      },
    ];
  });
}

/** Throws an error for a call that is not in the table: a guess would fail at run time. */
function callsOf(action: string): readonly string[] {
  const calls = CALLS[action];
  if (!calls) throw new Error(`encrypt-with.ts does not know which calls of KMS ${action} needs.`);
  return calls;
}
