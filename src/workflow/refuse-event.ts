import { keyInUseRetiredAt } from '../rotation/carry.ts';
import { refuse } from '../rotation/close-with.ts';
import type { Announce, Commit } from '../rotation/commit.ts';
import type { ReadNewest } from '../rotation/expire.ts';
import type { RefusedEventCode } from '../rotation/failure-codes.ts';
import { idempotencyHash } from '../rotation/idempotency.ts';
import type { AuditLog, Clock } from '../rotation/ports.ts';
import type { RotationIntent } from '../rotation/rotate-command.ts';
import { type ClosingRules, quarantineOf } from '../rotation/rules.ts';
import { startAfter } from '../rotation/start-after.ts';
import { toTimestamp } from '../rotation/timestamp.ts';

/**
 * Records in the audit that an event was refused before it could start a rotation. The same event is recorded once.
 * `busy`: a rotation runs, and the record must wait until then. Throws `Unavailable`.
 */
export type RefuseEvent = (
  intent: RotationIntent & { idempotencyKey: string },
  code: RefusedEventCode,
) => Promise<Readonly<{ kind: 'recorded' }> | Readonly<{ kind: 'busy'; until: string }>>;

export function createRefuseEvent(deps: {
  audit: Pick<AuditLog, 'findByIdempotencyHash'>;
  readNewest: ReadNewest;
  commit: Commit;
  announce: Announce;
  rules: ClosingRules;
  now: Clock;
}): RefuseEvent {
  const { audit, readNewest, commit, announce, rules, now } = deps;

  return async (intent, code) => {
    const hash = idempotencyHash(intent.requestedBy, intent.idempotencyKey);
    const earlier = await audit.findByIdempotencyHash(intent.credential, hash);
    if (earlier) {
      // The function that recorded it may have been killed before that was on the bus.
      if (earlier.status !== 'started') await announce(earlier);
      return { kind: 'recorded' };
    }
    const newest = await readNewest(intent.credential);
    if (newest?.status === 'started') return { kind: 'busy', until: newest.leaseExpiresAt };
    const requested = startAfter(newest, intent, now(), { retiredAt: newest && keyInUseRetiredAt(newest) });
    const rotation = refuse(requested, code, now(), rules, quarantineOf(newest));
    const written = await commit({ event: 'refused', rotation });
    return written === 'lost' ? { kind: 'busy', until: toTimestamp(now()) } : { kind: 'recorded' };
  };
}
