import * as v from 'valibot';
import { ApiCredentialSchema } from './api-credential.ts';
import { ConsumerSchema } from './consumers.ts';
import { KEY_STATE_NAMES } from './key-state-names.ts';
import { STATUSES } from './lifecycle.ts';
import { timestamp } from './timestamp.ts';

const issued = {
  keyFingerprint: v.string(),
  /** The rotation that made it, and its number. */
  rotationId: v.string(),
  number: v.number(),
  issuedAt: timestamp,
  usableFrom: timestamp,
};
/** The version of the managed secret that has the key. */
const versionId = v.exactOptional(v.string());

/** The key that works for the app. Without a fingerprint it is one that no rotation of Keyturn has made. */
export const KeyInUseSchema = v.strictObject({
  ...v.partial(v.object(issued)).entries,
  versionId,
  since: v.exactOptional(timestamp),
  /** Since its issue. */
  ageSeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** The earliest end that another call may have started. Absent if there is no such call. */
  endsAt: v.exactOptional(timestamp),
});

const until = { until: timestamp };

/** The short form of the state of an API credential's key: what a list of them shows. */
export const KeyStateSummarySchema = v.strictObject({
  credential: ApiCredentialSchema,
  state: v.picklist(KEY_STATE_NAMES),
  keyInUse: v.exactOptional(KeyInUseSchema),
  pendingKey: v.exactOptional(v.strictObject({ ...issued, versionId })),
  /** When the previous key ends. */
  previousKeyExpiresAt: v.exactOptional(timestamp),
  /** Until then another rotation needs `force`. */
  overlap: v.exactOptional(v.strictObject(until)),
  /** Until then no rotation may start. */
  quarantine: v.exactOptional(v.strictObject({ ...until, rotationId: v.string() })),
  /** A rotation that runs, and until when at the latest. */
  rotationInProgress: v.exactOptional(v.strictObject({ ...until, rotationId: v.string() })),
  /** When the key in use reaches `KEY_MAX_AGE_DAYS`. */
  dueAt: v.exactOptional(timestamp),
  lastRotation: v.exactOptional(
    v.strictObject({
      id: v.string(),
      number: v.number(),
      status: v.picklist(STATUSES),
      requestedAt: timestamp,
      code: v.exactOptional(v.string()),
    }),
  ),
});

/** A page of the short forms. `nextCursor` is present if there may be more. */
export const KeyStateListSchema = v.strictObject({
  apiCredentials: v.array(KeyStateSummarySchema),
  nextCursor: v.exactOptional(v.string()),
});

/** The state of an API credential's key. */
export const KeyStateSchema = v.strictObject({
  ...KeyStateSummarySchema.entries,
  /** The newest result of a check of the key in use that the audit has: a check that finds no change leaves none. */
  lastCheck: v.exactOptional(
    v.strictObject({
      at: timestamp,
      result: v.picklist(['works', 'dead']),
      detail: v.exactOptional(v.string()),
    }),
  ),
  /** Who uses which key, by name. */
  consumers: v.array(
    v.strictObject({ ...ConsumerSchema.entries, key: v.picklist(['in-use', 'pending', 'earlier']) }),
  ),
  /** There if there are more consumers than are shown. */
  hasMoreConsumers: v.exactOptional(v.literal(true)),
  /** Which version has which label; or that the secret cannot be read. */
  managedSecret: v.exactOptional(
    v.strictObject({
      id: v.string(),
      arn: v.exactOptional(v.string()),
      current: v.exactOptional(v.string()),
      pending: v.exactOptional(v.string()),
      previous: v.exactOptional(v.string()),
      error: v.exactOptional(v.literal('unreadable')),
    }),
  ),
});

export type KeyState = v.InferOutput<typeof KeyStateSchema>;
export type KeyStateSummary = v.InferOutput<typeof KeyStateSummarySchema>;
