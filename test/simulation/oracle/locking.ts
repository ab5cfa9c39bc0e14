import { credentialPath } from '../../../src/rotation/api-credential.ts';
import { outageTimeWithin } from '../kernel/outages.ts';
import type { Evidence } from '../world.ts';
import { rotationHistories } from './history.ts';

/** How long after its lease a rotation must have ended (ms): a few runs of the sweep, some of which may fail. */
const SWEPT_WITHIN_MS = 30 * 60_000;

/** Calls that left although this process had written no record of intent, or had ended its rotation. */
export function callsWithoutRecord({ facts }: Evidence): string[] {
  return facts.calls.flatMap((call) => {
    const { id, rotationId, sentAt, container } = call;
    const own = facts.writes.filter(({ rotation }) => rotation.id === rotationId);
    const isRecorded = own.some(({ at, rotation }) => at <= sentAt && rotation.status === 'started');
    const isEnded = own.some(
      (write) => write.at <= sentAt && write.rotation.status !== 'started' && write.container === container,
    );
    return isRecorded && !isEnded ? [] : [`call ${id} of rotation ${rotationId}`];
  });
}

export function twoStarted({ facts }: Evidence): string[] {
  const open = new Map<string, Set<number>>();
  return facts.writes.flatMap(({ rotation }) => {
    const path = credentialPath(rotation.credential);
    const numbers = open.get(path) ?? new Set();
    open.set(path, numbers);
    if (rotation.status !== 'started') {
      numbers.delete(rotation.number);
      return [];
    }
    numbers.add(rotation.number);
    return numbers.size > 1 ? [`${path}: numbers ${[...numbers].join(' and ')}`] : [];
  });
}

/** Rotations that were open for longer than their lease, the time between sweeps and the outages explain. */
export function neverEnded(evidence: Evidence): string[] {
  const { outages, end } = evidence;
  return rotationHistories(evidence).flatMap(({ last, insertedAt, ended }) => {
    const from = Math.max(Date.parse(last.leaseExpiresAt), insertedAt);
    const endedAt = ended?.at ?? end;
    const lateBy = endedAt - from - SWEPT_WITHIN_MS - outageTimeWithin(outages, from, endedAt);
    return lateBy > 0 ? [`rotation ${last.id} ended ${Math.round(lateBy / 60_000)} min too late`] : [];
  });
}
