import type { ProbeResult } from '../rotation/ports.ts';
import type { Durable } from './durable.ts';

const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** What a probe saw. `superseded`: another version has taken the key's place. */
export type Seen = ProbeResult | Readonly<{ kind: 'superseded'; seen: string }>;

/**
 * Probes with growing pauses until the results are enough or the time (ms) is over, and returns the last result.
 *
 * @param name of the durable steps
 * @param isEnough judges the results so far, newest first
 */
export async function probeUntil(
  durable: Durable,
  name: string,
  limitMs: number,
  probe: () => Promise<Seen>,
  isEnough: (newestFirst: readonly Seen[]) => boolean,
): Promise<Seen> {
  const newestFirst: Seen[] = [];
  let waited = 0;
  let pause = FIRST_PAUSE_MS;
  for (let turn = 1; ; turn += 1) {
    const seen = await durable.step(`${name} ${turn}`, probe);
    newestFirst.unshift(seen);
    if (isEnough(newestFirst) || waited >= limitMs) return seen;
    await durable.wait(`${name} again ${turn}`, pause);
    waited += pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS, Math.max(limitMs - waited, FIRST_PAUSE_MS));
  }
}
