import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { credentialPath } from '../rotation/api-credential.ts';
import type { ClosedRotation, Rotation, StartedRotation } from '../rotation/rotation.ts';
import { orUnavailable } from './audit-unavailable.ts';
import { fromItem, sortKey, toItem } from './item.ts';
import { register } from './registry.ts';

/** The log of all rotations, which is also the lock that keeps them apart. Every method may throw `Unavailable`. */
export type AuditLog = Readonly<{
  /** The credential's newest rotation, strongly consistent. */
  newest(credential: ApiCredential): Promise<Rotation | undefined>;
  /** The newest rotation that was asked for with this idempotency key, strongly consistent. */
  findByIdempotencyHash(credential: ApiCredential, hash: string): Promise<Rotation | undefined>;
  /** Takes the rotation's number. Of any number of callers who want the same one, one gets `started`. */
  start(rotation: StartedRotation): Promise<'started' | 'lost'>;
  /** Ends a started rotation. `lost`: someone else has ended it. */
  close(rotation: ClosedRotation): Promise<'closed' | 'lost'>;
}>;

/**
 * The audit log in one DynamoDB table: partition key `credential` (its path), sort key `number`, and the local
 * index `idempotency`, local because only that kind can be read strongly consistent.
 *
 * Both writes may be sent again by the SDK after an answer was lost, so both are conditions that a write of
 * our own, already done, still meets.
 */
export function createAuditLog(client: DynamoDBDocumentClient, tableName: string): AuditLog {
  return {
    async newest(credential) {
      return first({
        KeyConditionExpression: '#credential = :credential',
        ExpressionAttributeNames: { '#credential': 'credential' },
        ExpressionAttributeValues: { ':credential': credentialPath(credential) },
      });
    },

    async findByIdempotencyHash(credential, hash) {
      return first({
        IndexName: 'idempotency',
        KeyConditionExpression: '#credential = :credential AND begins_with(#idempotency, :hash)',
        ExpressionAttributeNames: { '#credential': 'credential', '#idempotency': 'idempotency' },
        ExpressionAttributeValues: { ':credential': credentialPath(credential), ':hash': `${hash}#` },
      });
    },

    async start(rotation) {
      const put = new PutCommand({
        TableName: tableName,
        Item: toItem(rotation),
        ConditionExpression: 'attribute_not_exists(#credential) OR #id = :id',
        ExpressionAttributeNames: { '#credential': 'credential', '#id': 'id' },
        ExpressionAttributeValues: { ':id': rotation.id },
      });
      return orUnavailable(async () => {
        if (rotation.number === 1) await register(client, tableName, rotation.credential);
        return (await conditionHolds(() => client.send(put))) ? 'started' : 'lost';
      });
    },

    async close(rotation) {
      const { credential: _credential, number: _number, ...ending } = toItem(rotation);
      const names = Object.keys(ending);
      const update = new UpdateCommand({
        TableName: tableName,
        Key: { credential: credentialPath(rotation.credential), number: sortKey(rotation.number) },
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} REMOVE #openShard`,
        ConditionExpression: '#id = :id AND (#status = :started OR #chain = :chain)',
        ExpressionAttributeNames: Object.fromEntries(
          [...names, 'openShard'].map((name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(ending).map(([name, value]) => [`:${name}`, value])),
          ':started': 'started',
        },
      });
      return orUnavailable(async () =>
        (await conditionHolds(() => client.send(update))) ? 'closed' : 'lost',
      );
    },
  };

  async function first(
    query: Pick<
      ConstructorParameters<typeof QueryCommand>[0],
      'IndexName' | 'KeyConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
    >,
  ): Promise<Rotation | undefined> {
    const command = new QueryCommand({
      ...query,
      TableName: tableName,
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    });
    const { Items = [] } = await orUnavailable(() => client.send(command));
    const [item] = Items;
    return item && orUnavailable(async () => fromItem(item));
  }
}

async function conditionHolds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
