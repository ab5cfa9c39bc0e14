import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { credentialPath } from '../rotation/api-credential.ts';
import type { ClosedRotation, FailedRotation, Rotation, StartedRotation } from '../rotation/rotation.ts';
import { orUnavailable } from './audit-unavailable.ts';
import { indexCredential } from './credential-index.ts';
import { fromItem, sortKey, toItem } from './item.ts';

/** The log of all rotations, which is also the lock that keeps them apart. Every method may throw `Unavailable`. */
export type AuditLog = Readonly<{
  /** The credential's newest rotation, strongly consistent. */
  newest(credential: ApiCredential): Promise<Rotation | undefined>;
  /** The newest rotation that was asked for with this idempotency key, strongly consistent. */
  findByIdempotencyHash(credential: ApiCredential, hash: string): Promise<Rotation | undefined>;
  /** One rotation, strongly consistent. */
  get(credential: ApiCredential, number: number): Promise<Rotation | undefined>;
  /** Takes the rotation's number. Of any number of callers who want the same one, one gets `started`. */
  start(rotation: StartedRotation): Promise<'started' | 'lost'>;
  /** Takes the number for a rotation that was refused before it could start. */
  refuse(rotation: FailedRotation): Promise<'refused' | 'lost'>;
  /** Ends a started rotation. `lost`: someone else has ended it. */
  close(rotation: ClosedRotation): Promise<'closed' | 'lost'>;
  /** Changes the timeline and the outbox of an ended rotation. `lost`: someone else has changed them since `before`. */
  amend(rotation: ClosedRotation, before: ClosedRotation): Promise<'amended' | 'lost'>;
}>;

/**
 * The audit log in one DynamoDB table: partition key `credential` (its path), sort key `number`, and the local
 * index `idempotency`, local because only that kind can be read strongly consistent.
 *
 * The SDK may send a write again after an answer was lost. A start and an end are conditions that a write of our own,
 * already done, still meets; an amendment is lost to itself, and whoever makes one must look.
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

    async get(credential, number) {
      const Key = { credential: credentialPath(credential), number: sortKey(number) };
      return orUnavailable(async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName: tableName, Key, ConsistentRead: true }),
        );
        return Item && fromItem(Item);
      });
    },

    async start(rotation) {
      return (await takeNumber(rotation)) ? 'started' : 'lost';
    },

    async refuse(rotation) {
      return (await takeNumber(rotation)) ? 'refused' : 'lost';
    },

    async close(rotation) {
      const isClosed = await replace(rotation, '#id = :id AND (#status = :started OR #chain = :chain)', {
        ':started': 'started',
      });
      return isClosed ? 'closed' : 'lost';
    },

    async amend(rotation, before) {
      const { dueAt } = toItem(before);
      // A timeline only grows, and whoever changes the outbox changes when it is due.
      const isAmended = await replace(
        rotation,
        `#id = :id AND size(#timeline) = :entries AND ${dueAt === undefined ? 'attribute_not_exists(#dueAt)' : '#dueAt = :dueBefore'}`,
        { ':entries': before.timeline.length, ...(dueAt !== undefined && { ':dueBefore': dueAt }) },
      );
      return isAmended ? 'amended' : 'lost';
    },
  };

  function takeNumber(rotation: StartedRotation | FailedRotation): Promise<boolean> {
    const put = new PutCommand({
      TableName: tableName,
      Item: toItem(rotation),
      // Only the same put again: not that of another request with the same id, nor one that arrives late and would undo
      // the end that has been written meanwhile.
      ConditionExpression:
        'attribute_not_exists(#credential) OR (#id = :id AND #status = :status AND #requestId = :requestId)',
      ExpressionAttributeNames: {
        '#credential': 'credential',
        '#id': 'id',
        '#status': 'status',
        '#requestId': 'requestId',
      },
      ExpressionAttributeValues: {
        ':id': rotation.id,
        ':status': rotation.status,
        ':requestId': rotation.requestId,
      },
    });
    return orUnavailable(async () => {
      if (rotation.number === 1) await indexCredential(client, tableName, rotation.credential);
      return conditionHolds(() => client.send(put));
    });
  }

  /** Writes the item anew where the condition holds. What is only there while something is to be done goes with it. */
  function replace(
    rotation: ClosedRotation,
    condition: string,
    conditionValues: Record<string, unknown>,
  ): Promise<boolean> {
    const { credential, number, ...content } = toItem(rotation);
    const names = Object.keys(content);
    const gone = ['outbox', 'openShard', 'dueAt'].filter((name) => !(name in content));
    const update = new UpdateCommand({
      TableName: tableName,
      Key: { credential, number },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${
        gone.length > 0 ? ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}` : ''
      }`,
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries([...names, ...gone].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(content).map(([name, value]) => [`:${name}`, value])),
        ...conditionValues,
      },
    });
    return orUnavailable(() => conditionHolds(() => client.send(update)));
  }

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
