import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { type ApiCredential, credentialPath, parseCredentialPath } from '../rotation/api-credential.ts';
import { positionOf } from '../rotation/history.ts';
import { type Rotation, RotationSchema } from '../rotation/rotation.ts';
import { toTimestamp } from '../rotation/timestamp.ts';

/** Digits of a padded number, so that text sorts as numbers do: more than a credential's rotations can need. */
const NUMBER_DIGITS = 10;

/** The partitions of the index `open`: serverless.yml says how many rotations they serve. */
export const OPEN_SHARDS = 8;

const KeysSchema = v.looseObject({
  credential: v.string(),
  number: v.string(),
  expiresAt: v.exactOptional(v.number()),
});

/** A rotation's number as the table's sort key. */
export function sortKey(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}

/** The account of an API credential, as the indexes name it. */
export function accountOf({ level, accountId }: Pick<ApiCredential, 'level' | 'accountId'>): string {
  return `${level}/${accountId}`;
}

/** A rotation as an item: its own fields, with the keys of the table and its indexes as text. */
export function toItem(rotation: Rotation): Record<string, unknown> {
  const credential = credentialPath(rotation.credential);
  const number = sortKey(rotation.number);
  const position = positionOf(rotation);
  const { idempotencyHash } = rotation;
  const expiresAt = rotation.status === 'started' ? undefined : rotation.expiresAt;
  const dueAt = rotation.status === 'started' ? rotation.leaseExpiresAt : rotation.outbox?.dueAt;
  return {
    ...rotation,
    credential,
    number,
    account: accountOf(rotation.credential),
    position,
    statusPosition: `${rotation.status}#${position}`,
    // The number after the hash sorts the rotations of one idempotency key.
    ...(idempotencyHash !== undefined && { idempotency: `${idempotencyHash}#${number}` }),
    ...(dueAt !== undefined && { openShard: openShard(credential), dueAt }),
    // DynamoDB's TTL takes whole seconds. Up to a second later does no harm.
    ...(expiresAt !== undefined && { expiresAt: Math.ceil(Date.parse(expiresAt) / 1000) }),
  };
}

/** Reads an item back. Throws a `ValiError` that names the field if the item holds something else. */
export function fromItem(item: Record<string, unknown>): Rotation {
  const { credential, number, expiresAt } = v.parse(KeysSchema, item);
  return v.parse(RotationSchema, {
    ...item,
    credential: parseCredentialPath(credential),
    number: Number(number),
    ...(expiresAt !== undefined && { expiresAt: toTimestamp(expiresAt * 1000) }),
  });
}

/** Spreads the open rotations over the partitions of the index `open`. */
function openShard(credential: string): string {
  const [first = 0] = createHash('sha256').update(credential).digest();
  return openShardName(first % OPEN_SHARDS);
}

/** The key of one partition of the index `open`. */
export function openShardName(shard: number): string {
  return `open#${shard}`;
}
