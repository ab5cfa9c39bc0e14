import * as v from 'valibot';
import { ApiCredentialSchema, credentialPath } from '../rotation/api-credential.ts';
import { type Rotation, RotationSchema } from '../rotation/rotation.ts';

/** So many digits that the order of the text is the order of the numbers, for more rotations than a credential can have. */
const NUMBER_DIGITS = 10;

const KeysSchema = v.looseObject({ credential: v.string(), number: v.string() });

/** A rotation's number as the table's sort key. */
export function sortKey(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}

/** A rotation as an item: its own fields, with the keys of the table and of the index `idempotency` as text. */
export function toItem(rotation: Rotation): Record<string, unknown> {
  const number = sortKey(rotation.number);
  const { idempotencyHash } = rotation;
  return {
    ...rotation,
    credential: credentialPath(rotation.credential),
    number,
    // The number behind the hash puts rotations of one idempotency key in order.
    ...(idempotencyHash !== undefined && { idempotency: `${idempotencyHash}#${number}` }),
  };
}

/** Reads an item back. Throws a `ValiError` that names the field if somebody has put something else there. */
export function fromItem(item: Record<string, unknown>): Rotation {
  const { credential, number } = v.parse(KeysSchema, item);
  const [level, accountId, , apiCredentialId] = credential.split('/');
  return v.parse(RotationSchema, {
    ...item,
    credential: v.parse(ApiCredentialSchema, { level, accountId, apiCredentialId }),
    number: Number(number),
  });
}
