import * as v from 'valibot';
import { ApiCredentialSchema } from './api-credential.ts';
import { FAILURE_CODES, REFUSED_EVENT_CODES, UNKNOWN_CODES } from './failure-codes.ts';
import { BUS_EVENTS } from './lifecycle.ts';
import { timestamp } from './timestamp.ts';

/** One field that Adyen found wrong (`RestServiceError.invalidFields`). */
export const InvalidFieldSchema = v.object({
  name: v.string(),
  value: v.exactOptional(v.string()),
  message: v.string(),
});

/** What Adyen said, bounded and free of keys. `durationMs` covers all attempts, waits included. */
export const UpstreamReportSchema = v.object({
  status: v.exactOptional(v.number()),
  errorCode: v.exactOptional(v.string()),
  requestId: v.exactOptional(v.string()),
  type: v.exactOptional(v.string()),
  title: v.exactOptional(v.string()),
  detail: v.exactOptional(v.string()),
  instance: v.exactOptional(v.string()),
  invalidFields: v.exactOptional(v.array(InvalidFieldSchema)),
  attempts: v.number(),
  durationMs: v.number(),
});

/** Who asked: a JWT's subject and client, or the source of an event. */
export const RequesterSchema = v.object({
  source: v.picklist(['http', 'event', 'secrets-manager']),
  subject: v.string(),
  clientId: v.exactOptional(v.string()),
  sourceIp: v.exactOptional(v.string()),
});

/** Where the key was put: a version of the credential's managed secret, or why there is none. */
export const KeptKeySchema = v.union([
  v.object({ arn: v.string(), versionId: v.string(), stage: v.literal('AWSPENDING') }),
  v.object({ id: v.string(), error: v.literal('not-stored') }),
]);

/** What happened, and when. An entry that is added after the end of the rotation has a seal of its own. */
export const TimelineEntrySchema = v.object({
  at: timestamp,
  event: v.string(),
  detail: v.exactOptional(v.string()),
  chain: v.exactOptional(v.string()),
});

/** What a record of intent says. No later change of the rotation changes it. */
const intent = {
  id: v.string(),
  credential: ApiCredentialSchema,
  /** 1 for the credential's first rotation, then without gaps, for as long as it has records. */
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  requestedAt: timestamp,
  requestedBy: RequesterSchema,
  reason: v.exactOptional(v.string()),
  force: v.boolean(),
  requestId: v.string(),
  idempotencyHash: v.exactOptional(v.string()),
  /** After this instant the function that ran the rotation is gone: the next one that reads the record closes it. */
  leaseExpiresAt: timestamp,
  /** When the newest key before this rotation was issued: carried along, so that one item shows the overlap. */
  lastKeyIssuedAt: v.exactOptional(timestamp),
  /** The number of the rotation that issued it. */
  lastKeyNumber: v.exactOptional(v.number()),
  /**
   * The earliest time at which a call may have started the last 24 hours of the key in use: of the rotations since that
   * key was known to be the newest. Carried along; absent if no earlier rotation may have done so.
   */
  keyInUseRetiredAt: v.exactOptional(timestamp),
  /** The version of the managed secret that was current when this rotation began. */
  keyInUseVersionId: v.exactOptional(v.string()),
  /** Until then an earlier call that was not answered may still be processed. Carried along. */
  lateCallUntil: v.exactOptional(timestamp),
  /** When a dead key of this credential was last replaced by force. Carried along. */
  lastHealedAt: v.exactOptional(timestamp),
  /** The version of the managed secret, if Secrets Manager chose one: otherwise it is the rotation's id. */
  secretVersionId: v.exactOptional(v.string()),
  /** The newest seal of the rotation with the number before, when this one started. */
  previousChain: v.exactOptional(v.string()),
  /** `expiresAt` of the rotation with the number before: until then it must be there. */
  previousExpiresAt: v.exactOptional(timestamp),
};

export const INTENT_FIELDS: readonly string[] = Object.keys(intent);

const base = { ...intent, timeline: v.array(TimelineEntrySchema) };

const closed = {
  ...base,
  completedAt: timestamp,
  chain: v.string(),
  /** The record may be deleted after this (whole seconds). Absent where records are kept for ever. */
  expiresAt: v.exactOptional(timestamp),
  /** The event that is to be put on the bus, at `dueAt` at the latest. Not part of the seal: it comes and goes. */
  outbox: v.exactOptional(v.object({ event: v.picklist(BUS_EVENTS), dueAt: timestamp })),
};

export const StartedRotationSchema = v.object({ ...base, status: v.literal('started') });

export const SucceededRotationSchema = v.object({
  ...closed,
  status: v.literal('succeeded'),
  /** Absent if the key was found stored after its function was gone. */
  upstream: v.exactOptional(UpstreamReportSchema),
  /** Absent if Adyen responded 204: it accepted and gave no key. */
  key: v.exactOptional(
    v.object({
      fingerprint: v.string(),
      usableFrom: timestamp,
      previousKeyExpiresAt: timestamp,
      /** There if an earlier, unanswered call may still retire this key: it may end then. */
      mayEndAt: v.exactOptional(timestamp),
    }),
  ),
  /** Absent if the API credential has no managed secret. */
  secret: v.exactOptional(KeptKeySchema),
  /**
   * There if only the caller got the key: until a consumer acknowledges it, its arrival is unknown. A record keeps
   * `unconfirmed`, because its seal covers it; with the entry `acknowledged` in its timeline it counts as `confirmed`.
   */
  delivery: v.exactOptional(v.picklist(['unconfirmed', 'confirmed'])),
});

export const FailedRotationSchema = v.object({
  ...closed,
  status: v.literal('failed'),
  code: v.picklist([...FAILURE_CODES, ...REFUSED_EVENT_CODES]),
  /** Absent if an event was refused before Adyen was called. */
  upstream: v.exactOptional(UpstreamReportSchema),
  /** Seconds, as Adyen asked. */
  retryAfter: v.exactOptional(v.number()),
  /** Of a refused event: the quarantine of the previous rotation, which continues. */
  quarantinedUntil: v.exactOptional(timestamp),
});

export const UnknownRotationSchema = v.object({
  ...closed,
  status: v.literal('unknown'),
  /** Absent, as `upstream` is, if the rotation was found past its lease. */
  code: v.exactOptional(v.picklist(UNKNOWN_CODES)),
  upstream: v.exactOptional(UpstreamReportSchema),
  /** Until then a late call may still be processed, and no other may be sent. */
  quarantinedUntil: timestamp,
});

/** One rotation of one API credential, as the audit keeps it. Times are RFC 3339 in UTC. */
export const RotationSchema = v.variant('status', [
  StartedRotationSchema,
  SucceededRotationSchema,
  FailedRotationSchema,
  UnknownRotationSchema,
]);

export type Rotation = v.InferOutput<typeof RotationSchema>;
export type StartedRotation = v.InferOutput<typeof StartedRotationSchema>;
export type SucceededRotation = v.InferOutput<typeof SucceededRotationSchema>;
export type FailedRotation = v.InferOutput<typeof FailedRotationSchema>;
export type UnknownRotation = v.InferOutput<typeof UnknownRotationSchema>;
export type ClosedRotation = SucceededRotation | FailedRotation | UnknownRotation;
export type KeptKey = v.InferOutput<typeof KeptKeySchema>;
export type TimelineEntry = v.InferOutput<typeof TimelineEntrySchema>;
export type UpstreamReport = v.InferOutput<typeof UpstreamReportSchema>;
export type Requester = v.InferOutput<typeof RequesterSchema>;
