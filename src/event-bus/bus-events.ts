import * as v from 'valibot';
import { anchorOf } from '../rotation/anchor.ts';
import { type Consumer, ConsumerSchema } from '../rotation/consumers.ts';
import { FAILURE_CODES, REFUSED_EVENT_CODES } from '../rotation/failure-codes.ts';
import { isNotStored, storedVersionOf } from '../rotation/key-events.ts';
import { BUS_EVENTS, type BusEvent, type KeyEvent } from '../rotation/lifecycle.ts';
import { type ClosedRotation, SucceededRotationSchema, UnknownRotationSchema } from '../rotation/rotation.ts';
import { timestamp } from '../rotation/timestamp.ts';

type Definition = Readonly<{
  /** What the event means. */
  description: string;
  schema: v.GenericSchema;
  /** What the event says besides which rotation it is about. */
  more(rotation: ClosedRotation, late: readonly Consumer[]): object;
}>;

const { id, credential, number, requestedAt, requestedBy, requestId, reason, completedAt } =
  SucceededRotationSchema.entries;
const { code, quarantinedUntil } = UnknownRotationSchema.entries;

/** In every event: which rotation, of which API credential, and who asked for it. */
const about = {
  rotationId: id,
  credential,
  number,
  requestedAt,
  requestedBy: v.pick(requestedBy, ['source', 'subject']),
  requestId,
  reason,
  completedAt,
};

const { fingerprint, ...keyTimes } = SucceededRotationSchema.entries.key.wrapped.entries;
const key = {
  keyFingerprint: fingerprint,
  ...keyTimes,
  secret: v.object({ arn: v.string(), versionId: v.string() }),
};

/** How many consumers an event names: EventBridge takes 256 KB. */
const MAX_NAMED = 100;

/** The events that Keyturn puts on the bus, by detail-type. Ids and times, never a key. */
export const BUS_EVENT_DEFINITIONS = {
  ApiKeyIssued: {
    description: 'A new key is in its managed secret, as AWSPENDING. It is not usable yet.',
    schema: v.strictObject({ ...about, ...key }),
    more: keyOf,
  },
  ApiKeyRotated: {
    description:
      'The new key is AWSCURRENT now. It was seen working, unless the key in use was dead. The previous key ends at previousKeyExpiresAt.',
    schema: v.strictObject({
      ...about,
      ...key,
      promotedAt: timestamp,
      /** The audit's newest seal: kept outside the table, it shows if the audit is rewritten. */
      anchor: v.string(),
    }),
    more: (rotation) => ({
      ...keyOf(rotation),
      promotedAt: timeOf(rotation, 'promoted'),
      anchor: anchorOf(rotation),
    }),
  },
  ApiKeyRotationFailed: {
    description: 'No new key is in the managed secret, and `code` says why. The key in use is unchanged.',
    schema: v.strictObject({
      ...about,
      code: v.picklist([...FAILURE_CODES, ...REFUSED_EVENT_CODES, 'no-key', 'not-stored']),
    }),
    more(rotation) {
      if (rotation.status === 'failed') return { code: rotation.code };
      if (rotation.status !== 'succeeded') return {};
      if (!rotation.key) return { code: 'no-key' };
      return isNotStored(rotation) ? { code: 'not-stored' } : {};
    },
  },
  ApiKeyRotationUnknown: {
    description:
      'Adyen may have made a key that Keyturn did not receive. The key in use works for at least 24 more hours.',
    schema: v.strictObject({ ...about, code, quarantinedUntil }),
    more(rotation) {
      if (rotation.status !== 'unknown') return {};
      return {
        ...(rotation.code !== undefined && { code: rotation.code }),
        quarantinedUntil: rotation.quarantinedUntil,
      };
    },
  },
  ApiKeyRotationStalled: {
    description:
      'The new key was not seen working in time. The key in use ends at previousKeyExpiresAt. Keyturn goes on probing.',
    schema: v.strictObject({ ...about, ...key, stalledAt: timestamp }),
    more: (rotation) => ({ ...keyOf(rotation), stalledAt: timeOf(rotation, 'stalled') }),
  },
  ApiKeyHealed: {
    description: 'The key in use was dead. This key has replaced it, and was seen working.',
    schema: v.strictObject({ ...about, ...key, healedAt: timestamp }),
    more: (rotation) => ({ ...keyOf(rotation), healedAt: timeOf(rotation, 'healed') }),
  },
  ApiKeyDisplaced: {
    description:
      'The key in use no longer works: another key was generated outside this rotation. Keyturn replaces it, once in 24 hours.',
    schema: v.strictObject({ ...about, ...key, displacedAt: timestamp }),
    more: (rotation) => ({ ...keyOf(rotation), displacedAt: timeOf(rotation, 'displaced') }),
  },
  ApiKeySwitchOverdue: {
    description:
      'The previous key ends at previousKeyExpiresAt, in about four hours, and these consumers have not said that they use this key or a newer one.',
    schema: v.strictObject({
      ...about,
      ...key,
      secret: v.exactOptional(key.secret),
      consumers: v.pipe(
        v.array(v.omit(ConsumerSchema, ['rotationNumber', 'acknowledgedAt'])),
        v.minLength(1),
      ),
      /** There if there are more than the consumers that are named. */
      hasMoreConsumers: v.exactOptional(v.literal(true)),
    }),
    more: (rotation, late) => ({
      ...issuedKeyOf(rotation),
      consumers: late
        .slice(0, MAX_NAMED)
        .map(({ consumerId, keyFingerprint, since }) => ({ consumerId, keyFingerprint, since })),
      ...(late.length > MAX_NAMED && { hasMoreConsumers: true }),
    }),
  },
  ApiKeyRolledBack: {
    description:
      'An operator went back from this key to an earlier one. Keyturn leaves that one alone until five hours before it ends, and makes another key then.',
    schema: v.strictObject({ ...about, ...key, rolledBackAt: timestamp }),
    more: (rotation) => ({ ...keyOf(rotation), rolledBackAt: timeOf(rotation, 'rolled-back') }),
  },
} as const satisfies Record<BusEvent, Definition>;

/** The `detail` of an event about a rotation. Throws an error if the rotation has no such event to tell. */
export function detailOf(event: BusEvent, rotation: ClosedRotation, late: readonly Consumer[] = []): object {
  const { schema, more } = BUS_EVENT_DEFINITIONS[event];
  return v.parse(schema, { ...aboutOf(rotation), ...more(rotation, late) });
}

/** Whether this is the name of an event that Keyturn puts on the bus. */
export function isBusEvent(name: string): name is BusEvent {
  return BUS_EVENTS.some((one) => one === name);
}

function aboutOf({ id: rotationId, requestedBy: { source, subject }, ...rotation }: ClosedRotation): object {
  const { credential, number, requestedAt, requestId, reason, completedAt } = rotation;
  return {
    rotationId,
    credential,
    number,
    requestedAt,
    requestedBy: { source, subject },
    requestId,
    ...(reason !== undefined && { reason }),
    completedAt,
  };
}

/** The key of a rotation, if it is in a managed secret. */
function keyOf(rotation: ClosedRotation): object {
  return storedVersionOf(rotation) ? issuedKeyOf(rotation) : {};
}

function issuedKeyOf(rotation: ClosedRotation): object {
  const stored = storedVersionOf(rotation);
  if (rotation.status !== 'succeeded' || !rotation.key) return {};
  const { fingerprint, ...times } = rotation.key;
  return {
    keyFingerprint: fingerprint,
    ...times,
    ...(stored && { secret: { arn: stored.arn, versionId: stored.versionId } }),
  };
}

function timeOf({ timeline }: ClosedRotation, event: KeyEvent): string | undefined {
  return timeline.findLast((entry) => entry.event === event)?.at;
}
