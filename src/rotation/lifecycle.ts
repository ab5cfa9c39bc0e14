/** The states of a rotation: it runs, or it has ended in one of three ways. */
export const STATUSES = ['started', 'succeeded', 'failed', 'unknown'] as const;

export type Status = (typeof STATUSES)[number];

/**
 * When an event is due on the bus: `at once`; `if not promoted` by the time at which its workflow must have ended; `if not
 * followed` by another rotation within two hours; `a day later`, if the key is still not promoted then; or `before the
 * previous key ends`, four hours, if a consumer has not said by then that it uses the key.
 */
export type Due =
  | 'at once'
  | 'if not promoted'
  | 'if not followed'
  | 'a day later'
  | 'before the previous key ends';

/** An event for the bus, and when it is due there. */
type Raise<Name extends string = string> = Readonly<{ raise: Name; due: Due }>;

type Transition = Readonly<{
  /** The states from which the event may come. `none`: the number is not taken yet. */
  from: readonly (Status | 'none')[];
  /** The status that it makes. Without it, the status stays. */
  to?: Status;
  /** The entry that it adds to the timeline. */
  entry?: string;
  /**
   * The outbox after it: an event for the bus, `keep` (whatever waits there), `empty`, or `cancel` (an `ApiKeyIssued`
   * that waits there has become pointless; any other event stays).
   */
  outbox: Raise | 'keep' | 'empty' | 'cancel';
}>;

const event = <const Name extends string>(raise: Name, due: Due): Raise<Name> => ({ raise, due });

/**
 * Everything that can happen to a rotation and its key: from which states, which status and timeline entry it makes,
 * and which event goes on the bus.
 *
 * What ends a rotation raises its event only for an API credential with a managed secret, or where an event asked for
 * the rotation: an HTTP caller has a response instead. Only that its consumers are late is told of every key.
 */
export const LIFECYCLE = {
  /** The record of intent: from here on Adyen may be called. */
  started: { from: ['none'], to: 'started', entry: 'started', outbox: 'empty' },
  /** An event may not have a rotation. It takes a number, so that the audit has it. */
  refused: {
    from: ['none'],
    to: 'failed',
    entry: 'failed',
    outbox: event('ApiKeyRotationFailed', 'at once'),
  },

  /** The caller has the new key, and no managed secret has it. */
  'key-returned': {
    from: ['started'],
    to: 'succeeded',
    entry: 'succeeded',
    outbox: event('ApiKeySwitchOverdue', 'before the previous key ends'),
  },
  /** The same, though there is a managed secret: the app that reads it needs another key. */
  'key-not-stored': {
    from: ['started'],
    to: 'succeeded',
    entry: 'succeeded',
    outbox: event('ApiKeyRotationFailed', 'at once'),
  },
  /** The new key is in its managed secret; the event starts the workflow that promotes it. */
  'key-stored': {
    from: ['started'],
    to: 'succeeded',
    entry: 'succeeded',
    outbox: event('ApiKeyIssued', 'at once'),
  },
  /** The same by an event or by Secrets Manager, which go on by themselves. If they stop, the key is resumed later. */
  'key-stored-in-workflow': {
    from: ['started'],
    to: 'succeeded',
    entry: 'succeeded',
    outbox: event('ApiKeyIssued', 'if not promoted'),
  },
  /** Adyen accepted and gave no key (204). */
  'no-key': {
    from: ['started'],
    to: 'succeeded',
    entry: 'succeeded',
    outbox: event('ApiKeyRotationFailed', 'at once'),
  },
  failed: {
    from: ['started'],
    to: 'failed',
    entry: 'failed',
    outbox: event('ApiKeyRotationFailed', 'at once'),
  },
  /** A key may exist that Keyturn did not receive. */
  unknown: {
    from: ['started'],
    to: 'unknown',
    entry: 'unknown',
    outbox: event('ApiKeyRotationUnknown', 'at once'),
  },

  /** The new key was seen working. */
  verified: { from: ['succeeded'], entry: 'verified', outbox: 'keep' },
  /** The new key is the one that the app reads. */
  promoted: { from: ['succeeded'], entry: 'promoted', outbox: event('ApiKeyRotated', 'at once') },
  /** The new key is the one that the app reads, though it was not seen working: the key in use was dead. */
  'promoted-unproven': { from: ['succeeded'], entry: 'promoted', outbox: event('ApiKeyRotated', 'at once') },
  /** The key replaced a dead one, and was seen working. */
  healed: { from: ['succeeded'], entry: 'healed', outbox: event('ApiKeyHealed', 'at once') },
  /** A newer key took its place before it was promoted. */
  superseded: { from: ['succeeded'], entry: 'superseded', outbox: 'cancel' },
  /** The new key was not seen working in time. */
  stalled: { from: ['succeeded'], entry: 'stalled', outbox: event('ApiKeyRotationStalled', 'at once') },
  /** The key in use is dead: another key was generated outside this rotation. */
  displaced: { from: ['succeeded'], entry: 'displaced', outbox: event('ApiKeyDisplaced', 'at once') },
  /** A consumer says that it uses the key: it has arrived. The seal keeps `delivery` as it was; this entry confirms it. */
  acknowledged: { from: ['succeeded'], entry: 'acknowledged', outbox: 'keep' },
  /** An operator went back to an earlier key. */
  'rolled-back': { from: ['succeeded'], entry: 'rolled-back', outbox: event('ApiKeyRolledBack', 'at once') },

  /** The bus has the event. */
  announced: { from: ['succeeded', 'failed', 'unknown'], outbox: 'empty' },
  /** The bus has `ApiKeyRotated` or `ApiKeyHealed`: the consumers switch to the key. */
  'announced-switch': {
    from: ['succeeded'],
    outbox: event('ApiKeySwitchOverdue', 'before the previous key ends'),
  },
  /** The bus has `ApiKeyRotationUnknown`: the workflow rotates again, or the event is raised again. */
  'announced-unknown': { from: ['unknown'], outbox: event('ApiKeyRotationUnknown', 'if not followed') },
  /** The same after a 204, for which the bus has `ApiKeyRotationFailed`. */
  'announced-no-key': { from: ['succeeded'], outbox: event('ApiKeyRotationFailed', 'if not followed') },
  /** A later rotation has followed: nothing waits any more. */
  followed: { from: ['succeeded', 'unknown'], outbox: 'empty' },
  /** The bus has `ApiKeyRotationStalled`: the workflow goes on, or the key is resumed. */
  'announced-stall': { from: ['succeeded'], outbox: event('ApiKeyIssued', 'a day later') },
  /** The bus has `ApiKeyIssued`: the workflow promotes the key, or the event is raised again. */
  'announced-issue': { from: ['succeeded'], outbox: event('ApiKeyIssued', 'if not promoted') },
} as const satisfies Record<string, Transition>;

type Table = typeof LIFECYCLE;

/** One event in the life of a rotation and its key. */
export type LifecycleEvent = keyof Table;

/** The events that end a rotation which has started. */
export type ClosingEvent = {
  [Event in LifecycleEvent]: Table[Event]['from'] extends readonly ['started'] ? Event : never;
}[LifecycleEvent];

/** The events in the life of an issued key, after its rotation has ended. */
export type KeyEvent = {
  [Event in LifecycleEvent]: Table[Event] extends { from: readonly ['succeeded']; entry: string }
    ? Event
    : never;
}[LifecycleEvent];

/** What Keyturn puts on the event bus. */
export type BusEvent = {
  [Event in LifecycleEvent]: Table[Event]['outbox'] extends Raise<infer Name> ? Name : never;
}[LifecycleEvent];

/** The names of the events that Keyturn puts on the bus. */
export const BUS_EVENTS: BusEvent[] = [
  ...new Set(
    Object.values(LIFECYCLE).flatMap(({ outbox }) => (typeof outbox === 'object' ? [outbox.raise] : [])),
  ),
];
