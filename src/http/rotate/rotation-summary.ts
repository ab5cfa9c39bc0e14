import * as v from 'valibot';
import { ApiCredentialSchema } from '../../rotation/api-credential.ts';
import { STATUSES } from '../../rotation/lifecycle.ts';
import { KeptKeySchema, type Rotation } from '../../rotation/rotation.ts';

const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** A rotation as the API shows it to the caller who asked for it. Times are RFC 3339 in UTC. */
export const RotationSummarySchema = v.strictObject({
  id: v.string(),
  status: v.picklist(STATUSES),
  credential: ApiCredentialSchema,
  requestedAt: timestamp,
  completedAt: v.exactOptional(timestamp),
  /** An estimate: Adyen says "a few minutes". */
  usableFrom: v.exactOptional(timestamp),
  previousKeyExpiresAt: v.exactOptional(timestamp),
  keyFingerprint: v.exactOptional(v.string()),
  /** Where the key was put, if the API credential has a managed secret. */
  secret: v.exactOptional(KeptKeySchema),
});

export type RotationSummary = v.InferOutput<typeof RotationSummarySchema>;

/** The answer to a rotation. `apiKey` is missing in a replay that can not read it back: Keyturn keeps no key of its own. */
export const RotateResponseSchema = v.strictObject({
  apiKey: v.exactOptional(v.string()),
  rotation: RotationSummarySchema,
});

/** What the API shows of a rotation. */
export function toSummary(rotation: Rotation): RotationSummary {
  const { id, status, credential, requestedAt } = rotation;
  const { key, secret } = rotation.status === 'succeeded' ? rotation : {};
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
    ...(secret && { secret }),
  };
}
