import type { Anchor } from './anchor.ts';
import type { Rotation } from './rotation.ts';
import { isAsSealed, sealsOf } from './seal.ts';

export type BreakReason = 'content changed' | 'number missing' | 'chain cut' | 'wrong order';

export type Verification = Readonly<{
  rotations: number;
  /** The first number at which the records differ from what was written, and why. */
  broken?: Readonly<{ number: number; reason: BreakReason; detail: string }>;
}>;

/** A record as it was found in the table. */
export type FoundRecord = Readonly<{
  /** As the record's key has it. */
  number: number;
  /** Absent if the record cannot be read. */
  rotation?: Rotation;
  /** Whether the record holds the rotation and nothing else. */
  isExact: boolean;
}>;

/**
 * Walks one API credential's records, oldest first, to the first break: each must be what its seal was made over,
 * and be sealed to the previous one. If the previous one has expired, it and all before it may be missing, except
 * those that an anchor knows.
 *
 * @param now ms since the epoch
 * @param kept anchors that were kept elsewhere, of this API credential
 */
export async function verifyChain(
  records: AsyncIterable<FoundRecord>,
  now: number,
  kept: readonly Anchor[] = [],
): Promise<Verification> {
  // An expired record may be gone, and its number used again.
  const anchors = kept.filter(({ expiresAt }) => !hasExpired(expiresAt, now));
  const rest = records[Symbol.asyncIterator]();
  let rotations = 0;
  let previous: Rotation | undefined;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    rotations += 1;
    const fault = faultOf(next.value, previous, now, anchors);
    if (fault) return { rotations, broken: await withReason(fault, rest) };
    previous = next.value.rotation;
  }
  const sealed = previous?.status === 'started' ? previous.number - 1 : (previous?.number ?? 0);
  const broken = lostBetween(sealed + 1, Number.POSITIVE_INFINITY, anchors);
  return { rotations, ...(broken && { broken }) };
}

type Fault = Readonly<{ number: number; reason: BreakReason; detail: string; link?: string | undefined }>;

function faultOf(
  record: FoundRecord,
  previous: Rotation | undefined,
  now: number,
  anchors: readonly Anchor[],
): Fault | undefined {
  const expected = (previous?.number ?? 0) + 1;
  const { rotation } = record;
  if (!rotation) {
    const detail = 'the record cannot be read';
    return { number: record.number || expected, reason: 'content changed', detail };
  }
  const { number, previousChain } = rotation;
  const startsAgain = number !== expected && hasExpired(rotation.previousExpiresAt, now);
  if (number !== expected && !startsAgain) {
    return { number: expected, reason: 'number missing', detail: `the next one is ${number}` };
  }
  const lost = lostBetween(expected, number, anchors);
  if (lost) return lost;
  if (previous?.status === 'started') {
    return { number, reason: 'chain cut', detail: `number ${previous.number} has not ended` };
  }
  if (!startsAgain && !isLink(previousChain, previous)) {
    const detail = 'it is not sealed to the previous number';
    return { number, reason: 'chain cut', detail, link: previousChain };
  }
  if ((rotation.status !== 'started' && !isAsSealed(rotation)) || !record.isExact) {
    return { number, reason: 'content changed', detail: 'its content is not what was sealed' };
  }
  const isForged = anchors.some(
    (anchor) =>
      anchor.number === number && rotation.status !== 'started' && !sealsOf(rotation).includes(anchor.chain),
  );
  return isForged ? { number, reason: 'content changed', detail: 'an anchor has another seal' } : undefined;
}

/** A record that an anchor knows and that is missing. Those before it may have expired if it is to expire itself. */
function lostBetween(first: number, next: number, anchors: readonly Anchor[]): Fault | undefined {
  const [lost] = anchors
    .filter(({ number }) => number >= first && number < next)
    .sort((one, other) => one.number - other.number);
  return (
    lost && {
      number: lost.expiresAt === undefined ? first : lost.number,
      reason: 'number missing',
      detail: `an anchor knows number ${lost.number}`,
    }
  );
}

/** A record that is sealed to a later one has changed its place. */
async function withReason({ link, ...fault }: Fault, rest: AsyncIterator<FoundRecord>) {
  if (link === undefined) return fault;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    const later = next.value.rotation;
    if (later?.status === 'started' || !later || !sealsOf(later).includes(link)) continue;
    return { ...fault, reason: 'wrong order' as const, detail: 'it is sealed to a later number' };
  }
  return fault;
}

/** A record is linked to one of the seals that the previous one had: that one may have got more entries since. */
function isLink(previousChain: string | undefined, previous: Rotation | undefined): boolean {
  if (previous === undefined || previous.status === 'started') return previousChain === undefined;
  return previousChain !== undefined && sealsOf(previous).includes(previousChain);
}

function hasExpired(expiresAt: string | undefined, now: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now;
}
