import type { ApiCredential } from './api-credential.ts';
import type { ManagedSecret, Probe, ProbeResult } from './ports.ts';

/** A key is dead after so many unauthorized probes in a row: one could be a hiccup of Adyen. */
const UNAUTHORIZED_IN_A_ROW = 3;

/** After so many probes without a clear answer, another time is better. */
const MAX_UNCLEAR = 5;

/** Whether the newest results (newest first) show a dead key. Unclear results do not count. */
export function isDead(newestFirst: readonly Readonly<{ kind: string }>[]): boolean {
  const clear = newestFirst.filter(({ kind }) => kind !== 'unclear');
  if (clear[0]?.kind === 'another-credential') return true;
  const inARow = clear.slice(0, UNAUTHORIZED_IN_A_ROW);
  return inARow.length === UNAUTHORIZED_IN_A_ROW && inARow.every(({ kind }) => kind === 'unauthorized');
}

/**
 * Probes a key until it is seen dead or working, or too many results are unclear.
 *
 * @param pause waits between two probes
 * @param hasTime whether another probe may be made; without one, what was seen is unclear
 */
export async function probeForDeath(
  probe: () => Promise<ProbeResult>,
  pause: () => Promise<unknown> = async () => {},
  hasTime: () => boolean = () => true,
): Promise<Readonly<{ kind: 'works' | 'unclear' | 'dead'; seen: string }>> {
  const newestFirst: ProbeResult[] = [];
  for (;;) {
    const result = await probe();
    const { kind, seen } = result;
    newestFirst.unshift(result);
    if (isDead(newestFirst)) return { kind: 'dead', seen };
    const unclear = newestFirst.filter((one) => one.kind === 'unclear').length;
    if (kind === 'works' || (kind === 'unclear' && unclear === MAX_UNCLEAR)) return { kind, seen };
    if (!hasTime()) return { kind: 'unclear', seen };
    await pause();
  }
}

/** Whether the key that the app reads is seen dead. Throws `ManagedSecretError`. */
export async function isInUseDead(
  credential: ApiCredential,
  secret: Pick<ManagedSecret, 'readCurrent'>,
  probe: Probe,
): Promise<boolean> {
  const current = await secret.readCurrent();
  if (!current) return false;
  return (await probeForDeath(() => probe(credential, current.apiKey))).kind === 'dead';
}
