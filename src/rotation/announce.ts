import type { AuditLog } from '../dynamodb/audit-log.ts';
import { promotionDue } from './outbox.ts';
import type { ClosedRotation, EventName } from './rotation.ts';
import type { VerificationRules } from './rules.ts';

/** Puts one event about a rotation on the bus. It may throw what AWS throws. */
export type Publish = (event: EventName, rotation: ClosedRotation) => Promise<void>;

/** Puts the event that is due in a rotation's outbox on the bus, and says whether none waits. It never throws. */
export type Announce = (rotation: ClosedRotation) => Promise<boolean>;

/**
 * Makes the way from the outbox to the bus. An event leaves after the audit has it; where that fails, it stays in the
 * outbox, and the sweep finds it there. So it may come more than once.
 */
export function createAnnounce(parts: {
  publish: Publish;
  audit: Pick<AuditLog, 'amend'>;
  rules: VerificationRules;
  now: () => number;
  log: Readonly<Record<'error', (message: string, fields: Record<string, unknown>) => void>>;
  onFailed: () => void;
}): Announce {
  const { publish, audit, rules, now, log, onFailed } = parts;

  return async (rotation) => {
    const { outbox } = rotation;
    if (!outbox || Date.parse(outbox.dueAt) > now()) return true;
    try {
      await publish(outbox.event, rotation);
      // Where this is lost, somebody has gone on with the rotation, and the outbox is theirs.
      await audit.amend(afterwards(rotation, outbox.event), rotation);
      return true;
    } catch (error) {
      log.error('An event is not on the bus and stays in the outbox', {
        rotationId: rotation.id,
        event: outbox.event,
        error,
      });
      onFailed();
      return false;
    }
  };

  /** An issued key is raised again if nobody has promoted it by then. */
  function afterwards({ outbox: _outbox, ...rotation }: ClosedRotation, event: EventName): ClosedRotation {
    if (event !== 'ApiKeyIssued') return rotation;
    return { ...rotation, outbox: { event, dueAt: promotionDue(now(), rules) } };
  }
}
