import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { type ApiCredential, credentialPath } from '../rotation/api-credential.ts';
import { type Consumer, SILENT_MS } from '../rotation/consumers.ts';
import type { Clock, ConsumerLog } from '../rotation/ports.ts';
import { orUnavailable } from './audit-unavailable.ts';
import { onCondition } from './on-condition.ts';
import { queryAll } from './query.ts';

/** The partition that holds the consumers of an API credential. No credential's path begins with it. */
const partitionOf = (credential: ApiCredential) => `consumers/${credentialPath(credential)}`;

const ItemSchema = v.object({
  number: v.string(),
  keyFingerprint: v.string(),
  rotationNumber: v.number(),
  since: v.string(),
  acknowledgedAt: v.string(),
});

/**
 * The consumers in the audit table: one small item each, by its name. DynamoDB deletes an item some days after its
 * `expiresAt` (docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html), so that a consumer that is
 * forgotten is left out here.
 */
export function createConsumerLog(
  client: DynamoDBDocumentClient,
  tableName: string,
  now: Clock,
): ConsumerLog {
  return {
    get(credential, consumerId) {
      return orUnavailable(async () => {
        const Key = { credential: partitionOf(credential), number: consumerId };
        const { Item } = await client.send(
          new GetCommand({ TableName: tableName, Key, ConsistentRead: true }),
        );
        return Item && unlessSilent(toConsumer(Item));
      });
    },

    put(credential, { consumerId, ...said }) {
      const put = new PutCommand({
        TableName: tableName,
        Item: {
          credential: partitionOf(credential),
          number: consumerId,
          ...said,
          expiresAt: Math.ceil((Date.parse(said.acknowledgedAt) + SILENT_MS) / 1000),
        },
        // The same write again, whose response was lost, is written too. Times of one form sort as texts do.
        ConditionExpression:
          'attribute_not_exists(#credential) OR #acknowledgedAt < :acknowledgedAt OR (#acknowledgedAt = :acknowledgedAt AND #keyFingerprint = :keyFingerprint)',
        ExpressionAttributeNames: {
          '#credential': 'credential',
          '#acknowledgedAt': 'acknowledgedAt',
          '#keyFingerprint': 'keyFingerprint',
        },
        ExpressionAttributeValues: {
          ':acknowledgedAt': said.acknowledgedAt,
          ':keyFingerprint': said.keyFingerprint,
        },
      });
      return orUnavailable(() => onCondition(() => client.send(put)));
    },

    list(credential, atMost) {
      return orUnavailable(async () => {
        const items = queryAll(client, {
          TableName: tableName,
          KeyConditionExpression: '#credential = :partition',
          ExpressionAttributeNames: { '#credential': 'credential' },
          ExpressionAttributeValues: { ':partition': partitionOf(credential) },
          ConsistentRead: true,
          Limit: atMost,
        });
        const consumers: Consumer[] = [];
        for await (const item of items) {
          const consumer = unlessSilent(toConsumer(item));
          if (consumer && consumers.push(consumer) >= atMost) break;
        }
        return consumers;
      });
    },
  };

  function unlessSilent(consumer: Consumer): Consumer | undefined {
    return Date.parse(consumer.acknowledgedAt) + SILENT_MS > now() ? consumer : undefined;
  }
}

function toConsumer(item: Record<string, unknown>): Consumer {
  const { number: consumerId, ...said } = v.parse(ItemSchema, item);
  return { consumerId, ...said };
}
