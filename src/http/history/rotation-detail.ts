import * as v from 'valibot';
import { ApiCredentialSchema } from '../../rotation/api-credential.ts';
import { FAILURE_CODES, REFUSED_EVENT_CODES, UNKNOWN_CODES } from '../../rotation/failure-codes.ts';
import { STATUSES } from '../../rotation/lifecycle.ts';
import {
  KeptKeySchema,
  RequesterSchema,
  type Rotation,
  TimelineEntrySchema,
  UpstreamReportSchema,
} from '../../rotation/rotation.ts';

const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** All that the audit keeps of a rotation, as the API shows it. Times are RFC 3339 in UTC. */
export const RotationDetailSchema = v.strictObject({
  id: v.string(),
  status: v.picklist(STATUSES),
  credential: ApiCredentialSchema,
  /** 1 for the API credential's first rotation, then without gaps, for as long as it has records. */
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  requestedAt: timestamp,
  requestedBy: RequesterSchema,
  reason: v.exactOptional(v.string()),
  force: v.boolean(),
  requestId: v.string(),
  completedAt: v.exactOptional(timestamp),
  /** Of a rotation that failed or whose outcome is unknown. */
  code: v.exactOptional(v.picklist([...FAILURE_CODES, ...REFUSED_EVENT_CODES, ...UNKNOWN_CODES])),
  upstream: v.exactOptional(UpstreamReportSchema),
  usableFrom: v.exactOptional(timestamp),
  previousKeyExpiresAt: v.exactOptional(timestamp),
  keyFingerprint: v.exactOptional(v.string()),
  secret: v.exactOptional(KeptKeySchema),
  /** Of a rotation that runs: after this it counts as ended. */
  leaseExpiresAt: v.exactOptional(timestamp),
  /** Of a rotation whose outcome is unknown: until then no other starts. */
  quarantinedUntil: v.exactOptional(timestamp),
  /** The record may be deleted after this. Without it, it is kept for ever. */
  recordExpiresAt: v.exactOptional(timestamp),
  /** The seal over the record and over the seal of the number before. */
  chain: v.exactOptional(v.string()),
  timeline: v.array(TimelineEntrySchema),
});

export type RotationDetail = v.InferOutput<typeof RotationDetailSchema>;

/** A page of rotations, newest first. `nextCursor` is there if there are more. */
export const RotationListSchema = v.strictObject({
  rotations: v.array(RotationDetailSchema),
  nextCursor: v.exactOptional(v.string()),
});

/** What the API shows of a rotation's record. */
export function toDetail(rotation: Rotation): RotationDetail {
  const { id, status, credential, number, requestedAt, requestedBy, reason, force, requestId, timeline } =
    rotation;
  return {
    id,
    status,
    credential,
    number,
    requestedAt,
    requestedBy,
    ...(reason !== undefined && { reason }),
    force,
    requestId,
    ...ending(rotation),
    timeline,
  };
}

function ending(rotation: Rotation): Partial<RotationDetail> {
  if (rotation.status === 'started') return { leaseExpiresAt: rotation.leaseExpiresAt };
  const { completedAt, upstream, expiresAt, chain } = rotation;
  return {
    completedAt,
    ...(upstream && { upstream }),
    ...(expiresAt !== undefined && { recordExpiresAt: expiresAt }),
    chain,
    ...outcome(rotation),
  };
}

function outcome(rotation: Exclude<Rotation, { status: 'started' }>): Partial<RotationDetail> {
  switch (rotation.status) {
    case 'succeeded': {
      const { key, secret } = rotation;
      if (!key) return {};
      const { fingerprint, ...times } = key;
      return { ...times, keyFingerprint: fingerprint, ...(secret && { secret }) };
    }
    case 'failed': {
      const { code, quarantinedUntil } = rotation;
      return { code, ...(quarantinedUntil !== undefined && { quarantinedUntil }) };
    }
    case 'unknown': {
      const { code, quarantinedUntil } = rotation;
      return { ...(code !== undefined && { code }), quarantinedUntil };
    }
  }
}
