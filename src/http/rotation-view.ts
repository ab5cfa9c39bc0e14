import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import { type Rotation, STATUSES } from '../rotation/rotation.ts';

const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** A rotation as the API shows it to the caller who asked for it. Times are RFC 3339 in UTC. */
export const RotationViewSchema = v.strictObject({
  id: v.string(),
  status: v.picklist(STATUSES),
  credential: ApiCredentialSchema,
  requestedAt: timestamp,
  completedAt: v.exactOptional(timestamp),
  /** An estimate: Adyen says "a few minutes". */
  usableFrom: v.exactOptional(timestamp),
  previousKeyExpiresAt: v.exactOptional(timestamp),
  keyFingerprint: v.exactOptional(v.string()),
});

export type RotationView = v.InferOutput<typeof RotationViewSchema>;

/** The answer to a rotation. `apiKey` is missing in a replay: Keyturn keeps no key. */
export const RotateAnswerSchema = v.strictObject({
  apiKey: v.exactOptional(v.string()),
  rotation: RotationViewSchema,
});

/** What the API shows of a rotation. */
export function toView(rotation: Rotation): RotationView {
  const { id, status, credential, requestedAt } = rotation;
  const key = rotation.status === 'succeeded' ? rotation.key : undefined;
  return {
    id,
    status,
    credential,
    requestedAt,
    ...(rotation.status !== 'started' && { completedAt: rotation.completedAt }),
    ...(key && {
      usableFrom: key.usableFrom,
      previousKeyExpiresAt: key.previousKeyExpiresAt,
      keyFingerprint: key.fingerprint,
    }),
  };
}
