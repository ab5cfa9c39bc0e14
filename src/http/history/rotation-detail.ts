import * as v from 'valibot';
import { hasHappened } from '../../rotation/key-events.ts';
import {
  FailedRotationSchema,
  type Rotation,
  StartedRotationSchema,
  SucceededRotationSchema,
  UnknownRotationSchema,
} from '../../rotation/rotation.ts';

/** What a record holds for Keyturn's own decisions and for the seals between records. */
const INTERNAL = [
  'idempotencyHash',
  'lastKeyIssuedAt',
  'lastKeyNumber',
  'keyInUseRetiredAt',
  'keyInUseVersionId',
  'lateCallUntil',
  'lastHealedAt',
  'secretVersionId',
  'previousChain',
  'previousExpiresAt',
] as const;
/** The same for a rotation that has ended. `expiresAt` and `key` are shown under other names. */
const INTERNAL_ONCE_ENDED = [...INTERNAL, 'leaseExpiresAt', 'outbox', 'expiresAt'] as const;

const { expiresAt: recordExpiresAt, key } = SucceededRotationSchema.entries;
const { fingerprint: keyFingerprint, ...keyTimes } = key.wrapped.entries;

/** These drop the fields that they do not name: {@link toDetail} relies on it. */
const started = v.omit(StartedRotationSchema, INTERNAL);
const succeeded = v.object({
  ...v.omit(SucceededRotationSchema, [...INTERNAL_ONCE_ENDED, 'key']).entries,
  ...v.partial(v.object({ keyFingerprint, ...keyTimes })).entries,
  recordExpiresAt,
});
const failed = v.object({
  ...v.omit(FailedRotationSchema, [...INTERNAL_ONCE_ENDED, 'retryAfter']).entries,
  recordExpiresAt,
});
const unknown = v.object({ ...v.omit(UnknownRotationSchema, INTERNAL_ONCE_ENDED).entries, recordExpiresAt });

const DetailOfRecordSchema = v.variant('status', [started, succeeded, failed, unknown]);

/**
 * A rotation as the API shows it: the audit record without its internal fields, and with the key's facts beside the
 * rotation's. It derives from the record's schemas, so a field that is added there appears here.
 */
export const RotationDetailSchema = v.variant('status', [
  v.strictObject(started.entries),
  v.strictObject(succeeded.entries),
  v.strictObject(failed.entries),
  v.strictObject(unknown.entries),
]);

/** The same, of a rotation that succeeded. */
export const SucceededDetailSchema = succeeded;

export type RotationDetail = v.InferOutput<typeof RotationDetailSchema>;

/** A page of rotations, newest first. `nextCursor` is present if there are more. */
export const RotationListSchema = v.strictObject({
  rotations: v.array(RotationDetailSchema),
  nextCursor: v.exactOptional(v.string()),
});

/** What the API shows of a rotation. */
export function toDetail(rotation: Rotation): RotationDetail {
  return v.parse(DetailOfRecordSchema, flatten(rotation));
}

/** A record with the fields that the API shows under another name. A schema then drops the others. */
export function flatten(rotation: Rotation) {
  if (rotation.status === 'started') return rotation;
  const { fingerprint, ...times } = (rotation.status === 'succeeded' && rotation.key) || {};
  return {
    ...rotation,
    ...(rotation.status === 'succeeded' &&
      hasHappened(rotation, 'acknowledged') && { delivery: 'confirmed' as const }),
    ...(fingerprint !== undefined && { keyFingerprint: fingerprint, ...times }),
    ...(rotation.expiresAt !== undefined && { recordExpiresAt: rotation.expiresAt }),
  };
}
