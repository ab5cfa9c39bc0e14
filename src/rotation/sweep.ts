import type { FindDue, OpenRotation } from '../audit/open-rotations.ts';
import type { Announce } from './announce.ts';
import type { Close } from './close.ts';
import type { EndAbandoned } from './end-abandoned.ts';
import type { FollowUp } from './follow-up.ts';
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

/**
 * Makes the sweep: it ends every rotation whose function is gone, so that none stays open for longer than its lease
 * and the time between two sweeps, and raises every event that is due and not on the bus. One that can not be ended
 * does not stop the others.
 */
export function createSweep(parts: {
  findDue: FindDue;
  close: Close;
  announce: Announce;
  followUp: FollowUp;
  endAbandoned: EndAbandoned;
  now: () => number;
  log: Readonly<Record<'error', (message: string, fields: Record<string, unknown>) => void>>;
  onClosed: (rotation: ClosedRotation) => void;
  onFailed: () => void;
}): (endsAt: number) => Promise<SweepResult> {
  const { findDue, close, announce, followUp, endAbandoned, now, log, onClosed, onFailed } = parts;

  return async (endsAt) => {
    const done = { closed: 0, raised: 0, failed: 0 };
    let busAnswers = true;
    for await (const open of findDue(now())) {
      if (now() > endsAt - RESERVE_MS) return { ...done, isPartial: true };
      try {
        const what = await seeTo(open, busAnswers);
        // Each further put would take as long to fail, and keep those waiting that are past their lease.
        if (what === 'unsent') busAnswers = false;
        else if (what) done[what] += 1;
      } catch (error) {
        const { credential, number } = open;
        log.error('A rotation that is due can not be seen to', { credential, number, error });
        onFailed();
        done.failed += 1;
      }
    }
    return { ...done, isPartial: false };
  };

  async function seeTo(
    open: OpenRotation,
    busAnswers: boolean,
  ): Promise<'closed' | 'raised' | 'unsent' | undefined> {
    const rotation = await open.read();
    // The index tells a little late: somebody may have been here.
    if (!rotation) return undefined;
    if (rotation.status === 'started') return abandonPastLease(rotation);
    if (!busAnswers || !rotation.outbox || Date.parse(rotation.outbox.dueAt) + GRACE_MS > now())
      return undefined;
    if (isStalled(rotation)) {
      const { id: rotationId, credential, number } = rotation;
      await followUp({ credential, rotationId, number }, 'stalled', 'nobody has promoted it');
      return 'raised';
    }
    return (await announce(rotation)) ? 'raised' : 'unsent';
  }

  async function abandonPastLease(rotation: Extract<Rotation, { status: 'started' }>) {
    if (!isPastLease(rotation, now())) return undefined;
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
