import * as v from 'valibot';
import { anchorOf } from '../rotation/anchor.ts';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import {
  type ClosedRotation,
  EVENT_NAMES,
  type EventName,
  FAILURE_CODES,
  REFUSED_EVENT_CODES,
  RequesterSchema,
  UNKNOWN_CODES,
} from '../rotation/rotation.ts';

const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** What every event tells: which rotation, of which API credential, and who asked for it. */
const about = {
  rotationId: v.string(),
  credential: ApiCredentialSchema,
  /** The rotation's number among those of its API credential. */
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  requestedAt: timestamp,
  requestedBy: v.object({ source: RequesterSchema.entries.source, subject: v.string() }),
  /** Of the request or the event that asked. */
  requestId: v.string(),
  reason: v.exactOptional(v.string()),
  completedAt: timestamp,
};

const key = {
  keyFingerprint: v.string(),
  usableFrom: timestamp,
  previousKeyExpiresAt: timestamp,
  secret: v.object({ arn: v.string(), versionId: v.string() }),
};

/** The `detail` of the events that Keyturn puts on the bus. Ids and times, never a key. */
export const EVENT_SCHEMAS = {
  ApiKeyIssued: v.strictObject({ ...about, ...key }),
  ApiKeyRotated: v.strictObject({
    ...about,
    ...key,
    promotedAt: timestamp,
    /** The audit's newest seal: kept here, it shows if the audit is rewritten. */
    anchor: v.string(),
  }),
  ApiKeyRotationFailed: v.strictObject({
    ...about,
    code: v.picklist([...FAILURE_CODES, ...REFUSED_EVENT_CODES, 'no-key']),
  }),
  ApiKeyRotationUnknown: v.strictObject({
    ...about,
    /** Absent where the rotation was found past its lease. */
    code: v.exactOptional(v.picklist(UNKNOWN_CODES)),
    /** No other call is made before. */
    quarantinedUntil: timestamp,
  }),
  ApiKeyRotationStalled: v.strictObject({ ...about, ...key, stalledAt: timestamp }),
  ApiKeyDisplaced: v.strictObject({ ...about, ...key, displacedAt: timestamp }),
} as const satisfies Record<EventName, v.GenericSchema>;

/** The `detail` of an event about a rotation, as its schema says. Throws where the rotation has no such thing to tell. */
export function detailOf(event: EventName, rotation: ClosedRotation): object {
  return v.parse(EVENT_SCHEMAS[event], { ...aboutOf(rotation), ...more(event, rotation) });
}

/** Whether this is the name of an event that Keyturn puts on the bus. */
export function isEventName(name: string): name is EventName {
  return EVENT_NAMES.some((one) => one === name);
}

function aboutOf({ id, credential, number, requestedAt, requestedBy, requestId, ...rest }: ClosedRotation) {
  const { source, subject } = requestedBy;
  return {
    rotationId: id,
    credential,
    number,
    requestedAt,
    requestedBy: { source, subject },
    requestId,
    ...(rest.reason !== undefined && { reason: rest.reason }),
    completedAt: rest.completedAt,
  };
}

function more(event: EventName, rotation: ClosedRotation): object {
  switch (event) {
    case 'ApiKeyIssued':
      return keyOf(rotation);
    case 'ApiKeyRotated':
      return { ...keyOf(rotation), promotedAt: timeOf(rotation, 'promoted'), anchor: anchorOf(rotation) };
    case 'ApiKeyRotationStalled':
      return { ...keyOf(rotation), stalledAt: timeOf(rotation, 'stalled') };
    case 'ApiKeyDisplaced':
      return { ...keyOf(rotation), displacedAt: timeOf(rotation, 'displaced') };
    case 'ApiKeyRotationFailed':
      if (rotation.status === 'failed') return { code: rotation.code };
      return rotation.status === 'succeeded' && !rotation.key ? { code: 'no-key' } : {};
    case 'ApiKeyRotationUnknown': {
      if (rotation.status !== 'unknown') return {};
      const { code, quarantinedUntil } = rotation;
      return { ...(code !== undefined && { code }), quarantinedUntil };
    }
  }
}

function keyOf(rotation: ClosedRotation): object {
  if (rotation.status !== 'succeeded' || !rotation.key || !rotation.secret || 'error' in rotation.secret)
    return {};
  const { fingerprint, ...times } = rotation.key;
  const { arn, versionId } = rotation.secret;
  return { keyFingerprint: fingerprint, ...times, secret: { arn, versionId } };
}

function timeOf({ timeline }: ClosedRotation, event: string): string | undefined {
  return timeline.findLast((entry) => entry.event === event)?.at;
}
