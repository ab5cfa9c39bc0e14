import type { ApiCredential } from './api-credential.ts';
import type { Window } from './check-keys.ts';
import type { Clock, FindByPlace } from './ports.ts';

/** How many API credentials are looked at at once. */
const AT_ONCE = 8;

/**
 * Looks at each API credential in these windows, some at once. Says whether all were looked at before `endsAt` (ms since the
 * epoch).
 *
 * @param look must not throw
 */
export async function lookAtEach(
  { findByPlace, now }: Readonly<{ findByPlace: FindByPlace; now: Clock }>,
  windows: readonly Window[],
  endsAt: number,
  look: (credential: ApiCredential) => Promise<void>,
): Promise<'all' | 'some'> {
  for (const { from, to } of windows) {
    let batch: ApiCredential[] = [];
    for await (const credential of findByPlace(from, to)) {
      if (now() >= endsAt) return 'some';
      batch.push(credential);
      if (batch.length < AT_ONCE) continue;
      await Promise.all(batch.map(look));
      batch = [];
    }
    await Promise.all(batch.map(look));
  }
  return 'all';
}
