import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { credentialPath } from '../rotation/api-credential.ts';
import type { AuditLog, Written } from '../rotation/ports.ts';
import { type ClosedRotation, INTENT_FIELDS, type Rotation } from '../rotation/rotation.ts';
import { orUnavailable } from './audit-unavailable.ts';
import { indexCredential } from './credential-index.ts';
import { fromItem, sortKey, toItem } from './item.ts';
import { onCondition } from './on-condition.ts';

/**
 * The record of intent is this one: not that of another request with the same id, nor that of another invocation for the
 * same request (their leases differ).
 */
const SAME_INTENT = '#id = :id AND #requestId = :requestId AND #leaseExpiresAt = :leaseExpiresAt';
const INTENT_NAMES = { '#id': 'id', '#requestId': 'requestId', '#leaseExpiresAt': 'leaseExpiresAt' };
const intentValues = ({ id, requestId, leaseExpiresAt }: Rotation) => ({
  ':id': id,
  ':requestId': requestId,
  ':leaseExpiresAt': leaseExpiresAt,
});

/**
 * The audit log in one DynamoDB table: partition key `credential` (its path), sort key `number`, and the local
 * index `idempotency`, local because only a local index can be read strongly consistent.
 *
 * The SDK may send a write again after its response was lost: at once, or hours later if the container was frozen. The
 * conditions of `insert` and `close` still hold after the same write; that of `amend` does not, so that an amendment may be
 * `lost` to itself.
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

    async findByIdempotencyHash(credential, hash, id) {
      return first({
        IndexName: 'idempotency',
        KeyConditionExpression: '#credential = :credential AND begins_with(#idempotency, :hash)',
        ExpressionAttributeNames: {
          '#credential': 'credential',
          '#idempotency': 'idempotency',
          ...(id !== undefined && { '#id': 'id' }),
        },
        ExpressionAttributeValues: {
          ':credential': credentialPath(credential),
          ':hash': `${hash}#`,
          ...(id !== undefined && { ':id': id }),
        },
        // DynamoDB applies the limit before the filter. All rotations of one key fit into one page.
        ...(id !== undefined && { FilterExpression: '#id = :id', Limit: undefined }),
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

    insert(rotation) {
      return orUnavailable(() => onCondition(() => client.send(insertion(rotation))));
    },

    close(rotation) {
      return orUnavailable(async () => {
        // Side by side: the time that is kept back for a close is that of one call.
        const indexed = mayBeNew(rotation) && indexCredential(client, tableName, rotation.credential);
        // Only the same end again: not one that arrives late and would undo the entries that were added meanwhile.
        const isOpen = '(#status = :started OR (#chain = :chain AND size(#timeline) = :entries))';
        const written = update(rotation, isOpen, {
          ':started': 'started',
          ':entries': rotation.timeline.length,
        });
        await Promise.allSettled([indexed, written]);
        await indexed;
        return written;
      });
    },

    amend(rotation, before) {
      const { dueAt } = toItem(before);
      // A timeline only grows, and a change of the outbox changes when it is due.
      const due = dueAt === undefined ? 'attribute_not_exists(#dueAt)' : '#dueAt = :dueBefore';
      return update(rotation, `size(#timeline) = :entries AND ${due}`, {
        ':entries': before.timeline.length,
        ...(dueAt !== undefined && { ':dueBefore': dueAt }),
      });
    },
  };

  function insertion(rotation: Rotation): PutCommand {
    // What has ended keeps its seal: an anchor may hold it already.
    const chain = rotation.status === 'started' ? undefined : rotation.chain;
    return new PutCommand({
      TableName: tableName,
      Item: toItem(rotation),
      // Only the same put again: not one that arrives late and would undo the end that was written meanwhile.
      ConditionExpression: `attribute_not_exists(#credential) OR (${SAME_INTENT} AND #status = :status${
        chain === undefined ? '' : ' AND #chain = :chain'
      })`,
      ExpressionAttributeNames: {
        '#credential': 'credential',
        ...INTENT_NAMES,
        '#status': 'status',
        ...(chain !== undefined && { '#chain': 'chain' }),
      },
      ExpressionAttributeValues: {
        ...intentValues(rotation),
        ':status': rotation.status,
        ...(chain !== undefined && { ':chain': chain }),
      },
    });
  }

  /**
   * Writes what may have changed since the record of intent, if that record is this rotation's and the condition holds. An
   * outbox that is empty now loses its attributes.
   */
  function update(
    rotation: ClosedRotation,
    condition: string,
    conditionValues: Record<string, unknown>,
  ): Promise<Written> {
    const { credential, number, ...content } = toItem(rotation);
    const changed = Object.entries(content).filter(([name]) => !INTENT_FIELDS.includes(name));
    const names = changed.map(([name]) => name);
    const gone = ['outbox', 'openShard', 'dueAt'].filter((name) => !(name in content));
    const command = new UpdateCommand({
      TableName: tableName,
      Key: { credential, number },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${
        gone.length > 0 ? ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}` : ''
      }`,
      ConditionExpression: `${SAME_INTENT} AND ${condition}`,
      ExpressionAttributeNames: {
        ...INTENT_NAMES,
        ...Object.fromEntries([...names, ...gone].map((name) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(changed.map(([name, value]) => [`:${name}`, value])),
        ...intentValues(rotation),
        ...conditionValues,
      },
    });
    return orUnavailable(() => onCondition(() => client.send(command)));
  }

  async function first(
    query: Pick<
      ConstructorParameters<typeof QueryCommand>[0],
      | 'IndexName'
      | 'KeyConditionExpression'
      | 'ExpressionAttributeNames'
      | 'ExpressionAttributeValues'
      | 'FilterExpression'
      | 'Limit'
    >,
  ): Promise<Rotation | undefined> {
    const command = new QueryCommand({
      Limit: 1,
      ...query,
      TableName: tableName,
      ConsistentRead: true,
      ScanIndexForward: false,
    });
    const { Items = [] } = await orUnavailable(() => client.send(command));
    const [item] = Items;
    return item && orUnavailable(async () => fromItem(item));
  }
}

/**
 * Whether the API credential may still be missing in the index. It enters the index once Adyen has responded, and not with
 * 404: a caller whose grant has a `*` could fill the index with accounts that it makes up. A credential for which a key
 * was issued is in the index already; its second rotation says so again, should the first time have failed.
 */
function mayBeNew(rotation: ClosedRotation): boolean {
  const isNotAtAdyen = rotation.status === 'failed' && rotation.code === 'credential-not-found';
  return !isNotAtAdyen && (rotation.lastKeyIssuedAt === undefined || rotation.number === 2);
}
