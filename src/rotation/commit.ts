import { anchorOf } from './anchor.ts';
import type { Closing } from './close-with.ts';
import type { Consumer } from './consumers.ts';
import type { BusEvent, KeyEvent, LifecycleEvent } from './lifecycle.ts';
import { withOutboxAfter } from './outbox.ts';
import type { AuditLog, Clock, Log, Metrics, Publish, Written } from './ports.ts';
import type { ClosedRotation, FailedRotation, StartedRotation, SucceededRotation } from './rotation.ts';
import type { ClosingRules } from './rules.ts';
import { newestSeal } from './seal.ts';

/** An event in the life of a rotation, and the record that it makes. */
export type Change =
  | Readonly<{ event: 'started'; rotation: StartedRotation }>
  | Readonly<{ event: 'refused'; rotation: FailedRotation }>
  | (Closing & Readonly<{ hasManagedSecret: boolean }>)
  | Readonly<{ event: KeyEvent; rotation: SucceededRotation; before: SucceededRotation }>;

/**
 * Makes a change: writes it on its condition, puts its anchor into the log, then its event on the bus. `lost`: the
 * condition no longer held, and nothing was written or told. Throws `Unavailable` if the audit cannot be written.
 */
export type Commit = (change: Change) => Promise<Written>;

/**
 * Puts the event that is due in a rotation's outbox on the bus, and says whether none waits. It never throws: an event
 * that is not on the bus stays in the outbox, and the sweep finds it there. So an event may come more than once.
 *
 * @param late the consumers that an `ApiKeySwitchOverdue` names; without them it is left to the sweep, which reads them
 */
export type Announce = (rotation: ClosedRotation, late?: readonly Consumer[]) => Promise<boolean>;

/** Empties the outbox of a rotation that a later one has followed. Throws `Unavailable`. */
export type ClearOutbox = (rotation: ClosedRotation) => Promise<void>;

/** Makes the only way in which a rotation changes. */
export function createCommit(deps: {
  audit: AuditLog;
  publish: Publish;
  rules: ClosingRules;
  now: Clock;
  log: Log;
  metrics: Metrics;
}): Readonly<{ commit: Commit; announce: Announce; clearOutbox: ClearOutbox }> {
  const { audit, publish, rules, now, log, metrics } = deps;

  return {
    async commit(change) {
      if (change.event === 'started') return audit.insert(change.rotation);
      const rotation = raises(change)
        ? withOutboxAfter(change.event, change.rotation, now(), rules)
        : change.rotation;
      if ((await write(change, rotation)) === 'lost') return 'lost';
      // The log keeps the seal out of reach of those who can write to the table.
      const message = 'before' in change ? change.event : 'closed';
      log.info(message, { rotationId: rotation.id, anchor: anchorOf(rotation) });
      if ('before' in change) metrics.countIssuedKey(change.event);
      await announce(rotation);
      return 'written';
    },
    announce,
    async clearOutbox(rotation) {
      // If this is lost, the rotation has moved on, and so has its outbox.
      await audit.amend(withOutboxAfter('followed', rotation, now(), rules), rotation);
    },
  };

  function write(change: Exclude<Change, { event: 'started' }>, rotation: ClosedRotation): Promise<Written> {
    if ('before' in change) return amend(rotation, change.before);
    return change.event === 'refused' ? audit.insert(rotation) : audit.close(rotation);
  }

  /** The SDK may send a write again whose response was lost, and an amendment is then lost to itself. */
  async function amend(rotation: ClosedRotation, before: ClosedRotation): Promise<Written> {
    if ((await audit.amend(rotation, before)) === 'written') return 'written';
    const stored = await audit.get(rotation.credential, rotation.number);
    const isOurs = stored && stored.status !== 'started' && newestSeal(stored) === newestSeal(rotation);
    return isOurs ? 'written' : 'lost';
  }

  async function announce(rotation: ClosedRotation, late?: readonly Consumer[]): Promise<boolean> {
    const { outbox } = rotation;
    if (!outbox || Date.parse(outbox.dueAt) > now()) return true;
    if (outbox.event === 'ApiKeySwitchOverdue' && !late) return true;
    const event = announcementOf(outbox.event, rotation);
    try {
      await publish(outbox.event, rotation, late);
      // If this is lost, the rotation has moved on, and the outbox is no longer ours.
      await audit.amend(withOutboxAfter(event, rotation, now(), rules), rotation);
      return true;
    } catch (error) {
      log.error('An event is not on the bus and stays in the outbox', {
        rotationId: rotation.id,
        event: outbox.event,
        error,
      });
      metrics.countUnsentEvent();
      return false;
    }
  }
}

function announcementOf(event: BusEvent, rotation: ClosedRotation): LifecycleEvent {
  switch (event) {
    case 'ApiKeyRotated':
    case 'ApiKeyHealed':
      return 'announced-switch';
    case 'ApiKeyIssued':
      return 'announced-issue';
    case 'ApiKeyRotationStalled':
      return 'announced-stall';
    case 'ApiKeyRotationUnknown':
      return 'announced-unknown';
    case 'ApiKeyRotationFailed':
      return rotation.status === 'succeeded' ? 'announced-no-key' : 'announced';
    default:
      return 'announced';
  }
}

/** An HTTP caller has a response: without a managed secret, the end of its rotation raises no event at once. */
function raises(change: Exclude<Change, { event: 'started' }>): boolean {
  return (
    !('hasManagedSecret' in change) ||
    change.event === 'key-returned' ||
    change.hasManagedSecret ||
    change.rotation.requestedBy.source === 'event'
  );
}
