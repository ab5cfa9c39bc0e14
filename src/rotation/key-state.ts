import type { ApiCredential } from './api-credential.ts';
import { KEY_LIFE_MS } from './carry.ts';
import type { Consumer } from './consumers.ts';
import type { IssuedRotation } from './issued-keys.ts';
import { hasHappened, isNotStored, storedVersionOf } from './key-events.ts';
import { KEY_STATE_NAMES, type KeyStateName } from './key-state-names.ts';
import type { KeyState } from './key-state-schema.ts';
import type { KeyEvent } from './lifecycle.ts';
import { present } from './present.ts';
import type { Rotation, TimelineEntry } from './rotation.ts';
import {
  isPastLease,
  quarantineAfterLease,
  quarantineOf,
  type RotationRules,
  refusalInOverlap,
} from './rules.ts';
import { toTimestamp } from './timestamp.ts';

/** What the audit says of an API credential. */
export type KeyRecords = Readonly<{
  newest: Rotation | undefined;
  /** The rotations that have issued its newest keys, newest first. */
  keys: readonly IssuedRotation[];
  /** When a call may have started the last 24 hours of the key in use. */
  retiredAt?: string | undefined;
}>;

/** The labels of a managed secret, by version. */
export type Labels = Readonly<Partial<Record<'current' | 'pending' | 'previous', string>>>;

export type StateRules = Pick<RotationRules, 'minIntervalMs' | 'quarantineMs'> &
  Readonly<{
    /** After this time a key is due (ms); never if it is not set. */
    maxAgeMs?: number | undefined;
  }>;

/** A key is told to be due so long before it is (ms), or a third of its greatest age if that is shorter. */
const DUE_AHEAD_MS = 30 * 24 * 60 * 60 * 1000;

/** Whether a key is due, or will be soon. */
export function isDueSoon(dueAt: string | undefined, now: number, maxAgeMs: number): boolean {
  return dueAt !== undefined && !isAfter(dueAt, now + Math.min(DUE_AHEAD_MS, maxAgeMs / 3));
}

/** Everything that is known of the key of an API credential, but for its managed secret's names. */
export type DerivedState = Omit<KeyState, 'managedSecret' | 'hasMoreConsumers'>;

/**
 * The state of an API credential's key.
 *
 * @param labels of its managed secret; `undefined` without one
 * @param consumers who has said which key it uses
 * @param now ms since the epoch
 */
export function stateOf(
  credential: ApiCredential,
  records: KeyRecords,
  labels: Labels | undefined,
  consumers: readonly Consumer[],
  now: number,
  rules: StateRules,
): DerivedState {
  const { newest } = records;
  const pending = findPending(records, labels, now);
  const inUse = findInUse(records, labels, pending);
  const facts = {
    pending,
    lastCheck: inUse && newestCheck(inUse),
    quarantine: quarantineAt(newest, now, rules),
    overlap: overlapAt(newest, now, rules),
    previousKeyExpiresAt: records.keys[0]?.key.previousKeyExpiresAt,
    dueAt: inUse && dueAtOf(inUse, rules),
  };
  const { pending: _pending, ...told } = facts;
  return present({
    credential,
    state: nameOf(records, facts, labels, now, rules),
    keyInUse: keyInUseOf(records, inUse, labels, pending, now),
    pendingKey: pending && describe(pending),
    rotationInProgress: inProgressAt(newest, now),
    lastRotation: newest && briefOf(newest),
    ...told,
    consumers: consumers.map((one) => ({ ...one, key: keyUsedBy(one, inUse, pending) })),
  });
}

type Facts = Readonly<{
  pending: IssuedRotation | undefined;
  lastCheck: DerivedState['lastCheck'];
  quarantine: DerivedState['quarantine'];
  overlap: DerivedState['overlap'];
  previousKeyExpiresAt: string | undefined;
  dueAt: string | undefined;
}>;

/** The first state that holds. */
function nameOf(
  records: KeyRecords,
  { pending, lastCheck, quarantine, overlap, previousKeyExpiresAt, dueAt }: Facts,
  labels: Labels | undefined,
  now: number,
  { maxAgeMs = 0 }: StateRules,
): KeyStateName {
  const holds: Record<Exclude<KeyStateName, 'ok'>, boolean> = {
    dead: lastCheck?.result === 'dead',
    stalled: pending ? hasHappened(pending, 'stalled') : !quarantine && isLost(records, labels),
    quarantined: quarantine !== undefined,
    pending: pending !== undefined || records.newest?.status === 'started',
    overlap: overlap !== undefined || isAfter(previousKeyExpiresAt, now),
    due: isDueSoon(dueAt, now, maxAgeMs),
  };
  return KEY_STATE_NAMES.find((name) => name === 'ok' || holds[name]) ?? 'ok';
}

function isAfter(time: string | undefined, now: number): boolean {
  return time !== undefined && Date.parse(time) > now;
}

function findInUse({ keys }: KeyRecords, labels: Labels | undefined, pending: IssuedRotation | undefined) {
  if (!labels) return keys.find((issued) => issued !== pending);
  return keys.find((issued) => storedVersionOf(issued)?.versionId === labels.current);
}

function keyInUseOf(
  records: KeyRecords,
  inUse: IssuedRotation | undefined,
  labels: Labels | undefined,
  pending: IssuedRotation | undefined,
  now: number,
): DerivedState['keyInUse'] {
  const versionId = labels?.current;
  if (!inUse && versionId === undefined) return undefined;
  return present({
    ...(inUse && { ...describe(inUse), ...ageOf(inUse, now) }),
    versionId,
    endsAt: endOf(records, labels ? undefined : pending),
  });
}

function keyUsedBy(
  { keyFingerprint }: Consumer,
  inUse: IssuedRotation | undefined,
  pending: IssuedRotation | undefined,
): DerivedState['consumers'][number]['key'] {
  if (keyFingerprint === inUse?.key.fingerprint) return 'in-use';
  return keyFingerprint === pending?.key.fingerprint ? 'pending' : 'earlier';
}

function overlapAt(newest: Rotation | undefined, now: number, rules: StateRules) {
  // While a rotation runs, or is in doubt, that is what is in the way.
  if (newest?.status === 'started' || quarantineAt(newest, now, rules)) return undefined;
  const refusal = refusalInOverlap(newest, now, rules);
  return refusal && { until: refusal.until };
}

function inProgressAt(newest: Rotation | undefined, now: number) {
  if (newest?.status !== 'started' || isPastLease(newest, now)) return undefined;
  return { until: newest.leaseExpiresAt, rotationId: newest.id };
}

function dueAtOf({ completedAt }: IssuedRotation, { maxAgeMs }: StateRules): string | undefined {
  return maxAgeMs === undefined ? undefined : toTimestamp(Date.parse(completedAt) + maxAgeMs);
}

/**
 * The version that is current as far as the audit knows: it does not see a rollback before a check does.
 */
export function labelsByRecords({ newest, keys: [top] }: KeyRecords): Labels {
  const isInUse = top && hasHappened(top, 'promoted') && !hasHappened(top, 'rolled-back');
  const current = isInUse ? storedVersionOf(top)?.versionId : newest?.keyInUseVersionId;
  return current === undefined ? {} : { current };
}

/** The newest key, if it is to come into use and is not yet: stored and not promoted, or not usable yet. */
function findPending({ keys: [top] }: KeyRecords, labels: Labels | undefined, now: number) {
  if (!top) return undefined;
  if (!labels) return Date.parse(top.key.usableFrom) > now ? top : undefined;
  const version = storedVersionOf(top)?.versionId;
  const isOver = (['promoted', 'superseded'] as const).some((event) => hasHappened(top, event));
  const isElsewhere = version === labels.current || version === labels.previous;
  return version === undefined || isOver || isElsewhere ? undefined : top;
}

/** Whether a later call than that of the newest known key may have made a key which the app does not read. */
function isLost({ newest, keys: [top], retiredAt }: KeyRecords, labels: Labels | undefined): boolean {
  switch (newest?.status) {
    case 'unknown':
      return true;
    case 'succeeded':
      return !newest.key || (labels !== undefined && isNotStored(newest));
    case 'failed':
      return retiredAt !== undefined && (!top || retiredAt > top.completedAt);
    default:
      return false;
  }
}

function quarantineAt(newest: Rotation | undefined, now: number, rules: StateRules) {
  // A rotation that is past its lease will end as unknown.
  const until =
    newest && isPastLease(newest, now) ? quarantineAfterLease(newest, rules) : quarantineOf(newest);
  if (!newest || until === undefined || Date.parse(until) <= now) return undefined;
  return { until, rotationId: newest.id };
}

function endOf({ retiredAt }: KeyRecords, pending: IssuedRotation | undefined): string | undefined {
  if (pending) return pending.key.previousKeyExpiresAt;
  return retiredAt && toTimestamp(Date.parse(retiredAt) + KEY_LIFE_MS);
}

function describe(issued: IssuedRotation) {
  const { id, number, completedAt, key } = issued;
  return present({
    keyFingerprint: key.fingerprint,
    rotationId: id,
    number,
    issuedAt: completedAt,
    usableFrom: key.usableFrom,
    versionId: storedVersionOf(issued)?.versionId,
  });
}

function ageOf(issued: IssuedRotation, now: number) {
  const { completedAt, key } = issued;
  return {
    since: newestOf(issued, ['promoted'])?.at ?? key.usableFrom,
    ageSeconds: Math.max(0, Math.floor((now - Date.parse(completedAt)) / 1000)),
  };
}

/** The newest time at which the key was seen working, or dead. */
function newestCheck(issued: IssuedRotation): DerivedState['lastCheck'] {
  const entry = newestOf(issued, ['verified', 'healed', 'displaced']);
  if (!entry) return undefined;
  const { at, event, detail } = entry;
  return present({ at, result: event === 'displaced' ? ('dead' as const) : ('works' as const), detail });
}

/** The newest entry for one of these events, which are named as their entries are. */
function newestOf({ timeline }: IssuedRotation, events: readonly KeyEvent[]): TimelineEntry | undefined {
  return timeline.findLast((entry) => entry.chain !== undefined && events.some((one) => one === entry.event));
}

function briefOf(newest: Rotation) {
  const { id, number, status, requestedAt } = newest;
  return present({ id, number, status, requestedAt, code: 'code' in newest ? newest.code : undefined });
}
