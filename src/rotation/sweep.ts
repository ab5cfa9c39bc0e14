import type { Announce, ClearOutbox } from './commit.ts';
import type { Expire } from './expire.ts';
import { hasHappened, isNotStored, issuedKeyOf, type RecordKeyEvent } from './key-events.ts';
import type { AuditLog, Clock, DueRotation, FindDue, Log, ManagedSecretOf, Metrics } from './ports.ts';
import type { ClosedRotation, Rotation, SucceededRotation } from './rotation.ts';
import { isPastLease } from './rules.ts';
import type { WarnOfSwitch } from './switch-overdue.ts';

/** A key that is not current this long (ms) after it was made needs a person: 20 of the 24 hours are left. */
const STALLED_MS = 4 * 60 * 60 * 1000;

/** How long (ms) an event is left to the function that has just written it, and is about to put it on the bus. */
const GRACE_MS = 60_000;

/** Kept back (ms), so that what was begun can be finished before the function is ended. */
const RESERVE_MS = 10_000;

export type SweepResult = Readonly<{
  closed: number;
  /** Events that were due and were put on the bus. */
  raised: number;
  /** Rotations that could not be read or closed. The next sweep tries again. */
  failed: number;
  /** Whether time ran out before the search was over. The next sweep continues: what is closed is not found again. */
  isPartial: boolean;
}>;

type Done = Exclude<keyof SweepResult, 'isPartial'>;
type Handle = (rotation: Rotation, due: DueRotation) => Promise<Done | undefined>;

/**
 * Makes the sweep: it ends every rotation whose function is gone, so that none stays open for longer than its lease
 * and the time between two sweeps, and raises every event that is due and not on the bus. One rotation that cannot be
 * ended does not stop the others, nor does an outage of Secrets Manager or of the bus stop what needs neither.
 */
export function createSweep(deps: {
  findDue: FindDue;
  managedSecretOf: ManagedSecretOf;
  audit: Pick<AuditLog, 'newest'>;
  announce: Announce;
  clearOutbox: ClearOutbox;
  warnOfSwitch: WarnOfSwitch;
  recordKeyEvent: RecordKeyEvent;
  expire: Expire;
  now: Clock;
  log: Log;
  metrics: Metrics;
}): (endsAt: number) => Promise<SweepResult> {
  const { findDue, managedSecretOf, audit, announce, clearOutbox, warnOfSwitch, recordKeyEvent, expire } =
    deps;
  const { now, log, metrics } = deps;

  return async (endsAt) => {
    const done = { closed: 0, raised: 0, failed: 0 };
    const withSecret: DueRotation[] = [];
    let busResponds = true;
    const isPartial =
      (await isCutShort(findDue(now()), handle)) || (await isCutShort(withSecret, expirePastLease));
    return { ...done, isPartial };

    /** Whether time ran out before all were handled. */
    async function isCutShort(
      all: AsyncIterable<DueRotation> | DueRotation[],
      handleOne: Handle,
    ): Promise<boolean> {
      for await (const due of all) {
        if (now() > endsAt - RESERVE_MS) return true;
        const what = await attempt(due, handleOne);
        if (what) done[what] += 1;
      }
      return false;
    }

    async function handle(rotation: Rotation, due: DueRotation) {
      if (rotation.status === 'started') {
        if (managedSecretOf(rotation.credential) === undefined) return expirePastLease(rotation);
        // If Secrets Manager fails, each takes seconds: they come last.
        withSecret.push(due);
        return undefined;
      }
      // Each further put would take as long to fail, and delay those that are past their lease.
      const what = busResponds ? await raise(rotation) : undefined;
      if (what !== 'unsent') return what;
      busResponds = false;
      return undefined;
    }
  };

  /** The index lags a little: the record as it is now decides. */
  async function attempt(due: DueRotation, handle: Handle): Promise<Done | undefined> {
    try {
      const rotation = await due.read();
      return rotation && (await handle(rotation, due));
    } catch (error) {
      const { credential, number } = due;
      log.error('The sweep cannot finish a due rotation', { credential, number, error });
      metrics.countSweepFailure();
      return 'failed';
    }
  }

  async function raise(rotation: ClosedRotation) {
    if (!rotation.outbox || Date.parse(rotation.outbox.dueAt) + GRACE_MS > now()) return undefined;
    if (rotation.outbox.event === 'ApiKeySwitchOverdue') return warnOfSwitch(rotation);
    if (await isFollowed(rotation)) {
      await clearOutbox(rotation);
      return undefined;
    }
    if (isStalled(rotation)) {
      await recordKeyEvent(issuedKeyOf(rotation), 'stalled', 'no execution has promoted it');
      return 'raised' as const;
    }
    return (await announce(rotation)) ? ('raised' as const) : ('unsent' as const);
  }

  /** Whether a later rotation has made a key, or has an unknown outcome of its own to be followed. */
  async function isFollowed(rotation: ClosedRotation): Promise<boolean> {
    if (!isOpenEnded(rotation)) return false;
    const newest = await audit.newest(rotation.credential);
    if (!newest || newest.number === rotation.number) return false;
    return newest.status === 'unknown' || newest.status === 'succeeded';
  }

  async function expirePastLease(rotation: Rotation) {
    if (rotation.status !== 'started' || !isPastLease(rotation, now())) return undefined;
    const { rotation: ended, written } = await expire(rotation);
    if (written === 'lost') return undefined;
    metrics.countRotation(ended.status, ended.credential.level);
    return 'closed' as const;
  }

  function isStalled(rotation: ClosedRotation): rotation is SucceededRotation {
    return (
      rotation.status === 'succeeded' &&
      rotation.outbox?.event === 'ApiKeyIssued' &&
      !hasHappened(rotation, 'stalled') &&
      Date.parse(rotation.completedAt) + STALLED_MS <= now()
    );
  }
}

/** Whether another rotation must follow: a key may exist, or exists, that is not where the app reads it. */
function isOpenEnded(rotation: ClosedRotation): boolean {
  if (rotation.status !== 'succeeded') return rotation.status === 'unknown';
  return !rotation.key || isNotStored(rotation);
}
