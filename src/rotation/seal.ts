import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ClosedRotation, TimelineEntry } from './rotation.ts';

/**
 * Links an ended rotation to the previous one: `chain` is the SHA-256 over the rotation's canonical JSON (RFC 8785), which
 * holds the newest seal of the previous one as `previousChain`. After an edit, every later record would have to be
 * rewritten.
 */
export function seal<R extends { previousChain?: string }>(rotation: R): R & { chain: string } {
  const content = canonicalize(mayHaveHalfPair(rotation) ? wellFormed(rotation) : rotation);
  // canonicalize returns nothing only for a value that JSON cannot express, such as a function.
  if (content === undefined) throw new TypeError('a rotation must be expressible in JSON');
  return { ...rotation, chain: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}

/** JSON.stringify escapes half of a surrogate pair, and writes a whole pair as it is. */
function mayHaveHalfPair(rotation: object): boolean {
  return JSON.stringify(rotation).includes('\\ud');
}

/** RFC 8785 forbids half of a surrogate pair. A record that has one must still be sealed, or it never ends. */
function wellFormed<R extends object>(rotation: R): unknown {
  return JSON.parse(
    JSON.stringify(rotation, (_name, value) => (typeof value === 'string' ? value.toWellFormed() : value)),
  );
}

/** Adds an entry to the timeline of an ended rotation, sealed to the previous seal. */
export function append<R extends ClosedRotation>(
  rotation: R,
  entry: Readonly<{ at: string; event: string; detail?: string }>,
): R {
  return { ...rotation, timeline: [...rotation.timeline, sealEntry(entry, newestSeal(rotation))] };
}

/** The seals of an ended rotation, oldest first: its own, and those of the entries that were added later. */
export function sealsOf({ chain, timeline }: Pick<ClosedRotation, 'chain' | 'timeline'>): string[] {
  return [chain, ...timeline.flatMap((entry) => entry.chain ?? [])];
}

/** The seal over the whole record of an ended rotation as it is now. */
export function newestSeal(rotation: Pick<ClosedRotation, 'chain' | 'timeline'>): string {
  return sealsOf(rotation).at(-1) ?? rotation.chain;
}

/** Whether every seal of an ended rotation fits the record as it is now. */
export function isAsSealed(rotation: ClosedRotation): boolean {
  const { chain, outbox: _outbox, timeline, ...content } = rotation;
  const end = timeline.findIndex((entry) => entry.chain !== undefined);
  const sealed = end < 0 ? timeline : timeline.slice(0, end);
  if (seal({ ...content, timeline: sealed }).chain !== chain) return false;
  let before = chain;
  return timeline.slice(sealed.length).every(({ chain: own, ...entry }) => {
    const isIntact = sealEntry(entry, before).chain === own;
    before = own ?? before;
    return isIntact;
  });
}

function sealEntry(entry: Omit<TimelineEntry, 'chain'>, previousChain: string): TimelineEntry {
  return { ...entry, chain: seal({ ...entry, previousChain }).chain };
}
