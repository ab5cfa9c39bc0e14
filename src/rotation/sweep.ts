import type { AuditLog } from '../audit/audit-log.ts';
import type { FindPastLease, OpenRotation } from '../audit/open-rotations.ts';
import { anchorOf } from './anchor.ts';
import type { UnknownRotation } from './rotation.ts';
import { isPastLease, type Retention, type RotationRules } from './rules.ts';
import { abandon } from './settle.ts';

/** Kept back (ms), so that what was begun can be finished before the function is ended. */
const RESERVE_MS = 10_000;

export type SweepResult = Readonly<{
  closed: number;
  /** What could not be read or closed. It is tried again by the next sweep. */
  failed: number;
  /** Whether the time was over before the search was. The next sweep goes on: what is closed is not found again. */
  isPartial: boolean;
}>;

/**
 * Makes the sweep: it ends every rotation whose function is gone, so that none stays open for longer than its lease
 * and the time between two sweeps. One that can not be ended does not stop the others.
 */
export function createSweep(parts: {
  findPastLease: FindPastLease;
  audit: Pick<AuditLog, 'close'>;
  rules: Pick<RotationRules, 'quarantineMs'> & Retention;
  now: () => number;
  log: Readonly<Record<'info' | 'error', (message: string, fields: Record<string, unknown>) => void>>;
  onClosed: (rotation: UnknownRotation) => void;
  onFailed: () => void;
}): (endsAt: number) => Promise<SweepResult> {
  const { findPastLease, audit, rules, now, log, onClosed, onFailed } = parts;

  return async (endsAt) => {
    let closed = 0;
    let failed = 0;
    for await (const open of findPastLease(now())) {
      if (now() > endsAt - RESERVE_MS) return { closed, failed, isPartial: true };
      try {
        if (await close(open)) closed += 1;
      } catch (error) {
        const { credential, number } = open;
        log.error('A rotation past its lease can not be closed', { credential, number, error });
        onFailed();
        failed += 1;
      }
    }
    return { closed, failed, isPartial: false };
  };

  async function close(open: OpenRotation): Promise<boolean> {
    const rotation = await open.read();
    // The index tells a little late: somebody may have ended it.
    if (rotation?.status !== 'started' || !isPastLease(rotation, now())) return false;
    const abandoned = abandon(rotation, now(), rules);
    if ((await audit.close(abandoned)) === 'lost') return false;
    log.info('swept', { rotationId: abandoned.id, anchor: anchorOf(abandoned) });
    onClosed(abandoned);
    return true;
  }
}
