import type { Evidence } from '../world.ts';
import { rotationHistories } from './history.ts';

/** How long a key stands for one rotation (ms), less what clocks may differ. */
const WINDOW_MS = 24 * 60 * 60_000 - 20_000;

/** Idempotency keys for which two rotations within a day made a key that succeeded. */
export function doubleKeys(evidence: Evidence): string[] {
  const succeeded = new Map<string, number>();
  return rotationHistories(evidence).flatMap(({ credential, last }) => {
    const { idempotencyHash, status, requestedAt, id } = last;
    if (idempotencyHash === undefined || status !== 'succeeded' || !last.key) return [];
    const name = `${credential} ${idempotencyHash}`;
    const first = succeeded.get(name);
    const at = Date.parse(requestedAt);
    succeeded.set(name, at);
    return first !== undefined && at - first < WINDOW_MS
      ? [`rotation ${id}, ${last.requestedBy.source}, ${Math.round((at - first) / 1000)} s after the first`]
      : [];
  });
}
