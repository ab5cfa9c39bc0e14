import type { ProbeResult } from './ports.ts';

/** A key is dead after so many unauthorized probes in a row: one could be a hiccup of Adyen. */
const UNAUTHORIZED_IN_A_ROW = 3;

/** Whether the newest results (newest first) show a dead key. */
export function isDead(newestFirst: readonly Readonly<{ kind: string }>[]): boolean {
  const [last] = newestFirst;
  if (last?.kind === 'another-credential') return true;
  const inARow = newestFirst.slice(0, UNAUTHORIZED_IN_A_ROW);
  return inARow.length === UNAUTHORIZED_IN_A_ROW && inARow.every(({ kind }) => kind === 'unauthorized');
}

/**
 * Probes a key until it is seen dead, or the result is another than unauthorized.
 *
 * @param pause waits between two probes
 */
export async function probeForDeath(
  probe: () => Promise<ProbeResult>,
  pause: () => Promise<unknown> = async () => {},
): Promise<Readonly<{ kind: 'works' | 'unclear' | 'dead'; seen: string }>> {
  const newestFirst: ProbeResult[] = [];
  for (;;) {
    const result = await probe();
    newestFirst.unshift(result);
    if (isDead(newestFirst)) return { kind: 'dead', seen: result.seen };
    if (result.kind === 'works' || result.kind === 'unclear') return { kind: result.kind, seen: result.seen };
    await pause();
  }
}
