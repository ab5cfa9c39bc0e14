import type { ManagedSecretIds } from '../config/managed-secrets.ts';
import type { DueRotation, FindDue } from '../dynamodb/due-rotations.ts';
import type { Announce } from './announce.ts';
import type { Close } from './close.ts';
import type { EndAbandoned } from './end-abandoned.ts';
import type { RecordKeyEvent } from './key-events.ts';
import type { ClosedRotation, Rotation } from './rotation.ts';
import { isPastLease } from './rules.ts';

/** A key that is not current so long (ms) after it was made must be seen to by a person: 20 of the 24 hours are left. */
const STALLED_MS = 4 * 60 * 60 * 1000;

/** So long (ms) an event is left to whoever has just written it, and is about to put it on the bus. */
const GRACE_MS = 60_000;

/** Kept back (ms), so that what was begun can be finished before the function is ended. */
const RESERVE_MS = 10_000;

export type SweepResult = Readonly<{
  closed: number;
  /** Events that were due: put on the bus, or still in the outbox. */
  raised: number;
  /** What could not be read or closed. It is tried again by the next sweep. */
  failed: number;
  /** Whether the time was over before the search was. The next sweep goes on: what is closed is not found again. */
  isPartial: boolean;
}>;

type Done = Exclude<keyof SweepResult, 'isPartial'>;
type See = (rotation: Rotation, open: DueRotation) => Promise<Done | undefined>;

/**
 * Makes the sweep: it ends every rotation whose function is gone, so that none stays open for longer than its lease
 * and the time between two sweeps, and raises every event that is due and not on the bus. One that can not be ended
 * does not stop the others, nor does an outage of Secrets Manager or of the bus stop what needs neither.
 */
export function createSweep(parts: {
  findDue: FindDue;
  managedSecretIds: Pick<ManagedSecretIds, 'idOf'>;
  close: Close;
  announce: Announce;
  recordKeyEvent: RecordKeyEvent;
  endAbandoned: EndAbandoned;
  now: () => number;
  log: Readonly<Record<'error', (message: string, fields: Record<string, unknown>) => void>>;
  onClosed: (rotation: ClosedRotation) => void;
  onFailed: () => void;
}): (endsAt: number) => Promise<SweepResult> {
  const {
    findDue,
    managedSecretIds,
    close,
    announce,
    recordKeyEvent,
    endAbandoned,
    now,
    log,
    onClosed,
    onFailed,
  } = parts;

  return async (endsAt) => {
    const done = { closed: 0, raised: 0, failed: 0 };
    const withSecret: DueRotation[] = [];
    let busAnswers = true;
    const isPartial =
      (await isCutShort(findDue(now()), seeTo)) || (await isCutShort(withSecret, abandonPastLease));
    return { ...done, isPartial };

    /** Whether the time was over before all were seen to. */
    async function isCutShort(all: AsyncIterable<DueRotation> | DueRotation[], see: See): Promise<boolean> {
      for await (const open of all) {
        if (now() > endsAt - RESERVE_MS) return true;
        const what = await attempt(open, see);
        if (what) done[what] += 1;
      }
      return false;
    }

    async function seeTo(rotation: Rotation, open: DueRotation) {
      if (rotation.status === 'started') {
        if (managedSecretIds.idOf(rotation.credential) === undefined) return abandonPastLease(rotation);
        // Where Secrets Manager fails, each takes seconds: they come when nothing else is left.
        withSecret.push(open);
        return undefined;
      }
      // Each further put would take as long to fail, and keep those waiting that are past their lease.
      const what = busAnswers ? await raise(rotation) : undefined;
      if (what !== 'unsent') return what;
      busAnswers = false;
      return undefined;
    }
  };

  /** The index tells a little late: what is there now decides. */
  async function attempt(open: DueRotation, see: See): Promise<Done | undefined> {
    try {
      const rotation = await open.read();
      return rotation && (await see(rotation, open));
    } catch (error) {
      const { credential, number } = open;
      log.error('A rotation that is due can not be seen to', { credential, number, error });
      onFailed();
      return 'failed';
    }
  }

  async function raise(rotation: ClosedRotation) {
    if (!rotation.outbox || Date.parse(rotation.outbox.dueAt) + GRACE_MS > now()) return undefined;
    if (isStalled(rotation)) {
      const { id: rotationId, credential, number } = rotation;
      await recordKeyEvent({ credential, rotationId, number }, 'stalled', 'nobody has promoted it');
      return 'raised' as const;
    }
    return (await announce(rotation)) ? ('raised' as const) : ('unsent' as const);
  }

  async function abandonPastLease(rotation: Rotation) {
    if (rotation.status !== 'started' || !isPastLease(rotation, now())) return undefined;
    const abandoned = await endAbandoned(rotation);
    if ((await close(abandoned)) === 'lost') return undefined;
    onClosed(abandoned);
    return 'closed' as const;
  }

  function isStalled(rotation: ClosedRotation): boolean {
    return (
      rotation.status === 'succeeded' &&
      rotation.outbox?.event === 'ApiKeyIssued' &&
      Date.parse(rotation.completedAt) + STALLED_MS <= now()
    );
  }
}
