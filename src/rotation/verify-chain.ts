import { isDeepStrictEqual } from 'node:util';
import { fromItem, toItem } from '../dynamodb/item.ts';
import type { Anchor } from './anchor.ts';
import type { Rotation } from './rotation.ts';
import { isAsSealed, sealsOf } from './seal.ts';

export type BreakReason = 'content changed' | 'number missing' | 'chain cut' | 'wrong order';

export type Verification = Readonly<{
  rotations: number;
  /** The first number at which the records are not what was written, and why. */
  broken?: Readonly<{ number: number; reason: BreakReason; detail: string }>;
}>;

type Item = Record<string, unknown>;

/**
 * Walks one API credential's records, oldest first, to the first break: each must be what its seal was made over,
 * and be sealed to the one before. Where the one before has expired, it and all before it may be missing, but
 * for those that an anchor knows of.
 *
 * @param now ms since the epoch
 * @param kept seals that were kept elsewhere, of this API credential
 */
export async function verifyChain(
  items: AsyncIterable<Item>,
  now: number,
  kept: readonly Anchor[] = [],
): Promise<Verification> {
  // What has expired may be gone, and its number be used anew.
  const anchors = kept.filter(({ expiresAt }) => !hasExpired(expiresAt, now));
  const rest = items[Symbol.asyncIterator]();
  let rotations = 0;
  let before: Rotation | undefined;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    rotations += 1;
    const fault = faultOf(next.value, before, now, anchors);
    if (fault) return { rotations, broken: await named(fault, rest) };
    before = fromItem(next.value);
  }
  const sealed = before?.status === 'started' ? before.number - 1 : (before?.number ?? 0);
  const broken = lostBetween(sealed + 1, Number.POSITIVE_INFINITY, anchors);
  return { rotations, ...(broken && { broken }) };
}

type Fault = Readonly<{ number: number; reason: BreakReason; detail: string; link?: string | undefined }>;

function faultOf(
  item: Item,
  before: Rotation | undefined,
  now: number,
  anchors: readonly Anchor[],
): Fault | undefined {
  const expected = (before?.number ?? 0) + 1;
  const rotation = readItem(item);
  if (!rotation) {
    const detail = 'the record can not be read';
    return { number: Number(item.number) || expected, reason: 'content changed', detail };
  }
  const { number, previousChain } = rotation;
  const startsAnew = number !== expected && hasExpired(rotation.previousExpiresAt, now);
  if (number !== expected && !startsAnew) {
    return { number: expected, reason: 'number missing', detail: `the next one is ${number}` };
  }
  const lost = lostBetween(expected, number, anchors);
  if (lost) return lost;
  if (before?.status === 'started') {
    return { number, reason: 'chain cut', detail: `number ${before.number} has not ended` };
  }
  if (!startsAnew && !isLink(previousChain, before)) {
    const detail = 'it is not sealed to the number before';
    return { number, reason: 'chain cut', detail, link: previousChain };
  }
  if (
    (rotation.status !== 'started' && !isAsSealed(rotation)) ||
    !isDeepStrictEqual(toItem(rotation), item)
  ) {
    return { number, reason: 'content changed', detail: 'its content is not what was sealed' };
  }
  const isForged = anchors.some(
    (anchor) =>
      anchor.number === number && rotation.status !== 'started' && !sealsOf(rotation).includes(anchor.chain),
  );
  return isForged ? { number, reason: 'content changed', detail: 'an anchor has another seal' } : undefined;
}

/** What an anchor knows of and is not there. Of those before it, some may have expired if it is to expire itself. */
function lostBetween(first: number, next: number, anchors: readonly Anchor[]): Fault | undefined {
  const [lost] = anchors
    .filter(({ number }) => number >= first && number < next)
    .sort((one, other) => one.number - other.number);
  return (
    lost && {
      number: lost.expiresAt === undefined ? first : lost.number,
      reason: 'number missing',
      detail: `an anchor knows of number ${lost.number}`,
    }
  );
}

/** A record that is sealed to one which comes later has changed its place. */
async function named({ link, ...fault }: Fault, rest: AsyncIterator<Item>) {
  if (link === undefined) return fault;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    const later = readItem(next.value);
    if (later?.status === 'started' || !later || !sealsOf(later).includes(link)) continue;
    return { ...fault, reason: 'wrong order' as const, detail: 'it is sealed to a number that comes later' };
  }
  return fault;
}

function readItem(item: Item): Rotation | undefined {
  try {
    return fromItem(item);
  } catch {
    // Why it can not be read would quote what somebody has put there.
    return undefined;
  }
}

/** A record is linked to one of the seals that the one before had: more may have been added to that one since. */
function isLink(previousChain: string | undefined, before: Rotation | undefined): boolean {
  if (before === undefined || before.status === 'started') return previousChain === undefined;
  return previousChain !== undefined && sealsOf(before).includes(previousChain);
}

function hasExpired(expiresAt: string | undefined, now: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now;
}
