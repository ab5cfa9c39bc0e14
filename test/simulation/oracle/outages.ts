import { endOfOutages } from '../kernel/outages.ts';
import { CHECK_INTERVAL_MS, TROUBLE_EVENTS } from '../keyturn.ts';
import type { LedgerKey } from '../models/adyen-ledger.ts';
import type { AccountSecret } from '../models/managed-secret.ts';
import type { Evidence } from '../world.ts';
import { type Cause, causeOf } from './cause.ts';
import { type InUse, rotationHistories, versionsInUse } from './history.ts';

/** An outage may last for one check interval, the propagation of a key, and this (ms). */
const REACTION_MS = 10 * 60_000;
/** After an hour of rejections by Adyen a heal ends, and a check begins another one after this (ms). */
const BEGUN_AGAIN_MS = 65 * 60_000;
/** At most one key is generated for a heal in this time (ms). */
const HEAL_INTERVAL_MS = 24 * 60 * 60_000;
/** An event may tell of an outage so long (ms) before the act that causes it. */
const FORESIGHT_MS = 60 * 60_000;

/** A time in which an app read a dead key. */
export type DeadTime = Readonly<{
  cause: Cause;
  ms: number;
  /** When an event told of it. */
  told: 'before' | 'during' | 'after' | 'never';
  /** Longer than is allowed. */
  isTooLong: boolean;
  /** A key was generated for a heal in the 24 hours before it: the next one is a person's. */
  isHealSpent: boolean;
  /** For a person who looks for it. */
  detail: string;
}>;

type Interval = Readonly<{ from: number; to: number; inUse: InUse; key: LedgerKey }>;

/** Every time in which the key of AWSCURRENT did not work, by Adyen's ledger. */
export function deadTimes(evidence: Evidence): DeadTime[] {
  return evidence.account.secrets.flatMap((secret) =>
    joined(deadIntervals(evidence, secret)).map((interval) => describe(evidence, secret, interval)),
  );
}

function deadIntervals(evidence: Evidence, secret: AccountSecret): Interval[] {
  const periods = versionsInUse(evidence, secret);
  return periods.flatMap((inUse, index) => {
    const until = periods[index + 1]?.from ?? evidence.end;
    const key = evidence.adyen.ledger.find(inUse.key);
    if (!key) return [];
    return [
      { from: inUse.from, to: Math.min(until, key.usableFrom), inUse, key },
      { from: Math.max(inUse.from, key.endsAt), to: until, inUse, key },
    ].filter(({ from, to }) => to > from);
  });
}

/** One dead key after another is one outage, with the cause of the first. */
function joined(intervals: readonly Interval[]): Interval[] {
  const all: Interval[] = [];
  for (const interval of intervals) {
    const last = all.at(-1);
    if (last?.to === interval.from) all[all.length - 1] = { ...last, to: interval.to };
    else all.push(interval);
  }
  return all;
}

function describe(evidence: Evidence, { id }: AccountSecret, { from, to, inUse, key }: Interval): DeadTime {
  const { outages, facts } = evidence;
  const { cause, causedAt } = causeOf(evidence, key, inUse, from);
  const events = facts.busEvents.filter(
    ({ event, credential }) => credential === key.credential && TROUBLE_EVENTS.includes(event),
  );
  const isBefore = events.some(({ at }) => at >= causedAt - FORESIGHT_MS && at <= from);
  const isDuring = events.some(({ at }) => at > from && at <= to);
  const isAfter = events.some(({ at }) => at > to && at <= to + REACTION_MS);
  const isRejected = outages.some((one) => one.service === 'adyen-role' && one.from < to && one.to > from);
  const allowed =
    CHECK_INTERVAL_MS +
    propagationWithin(evidence, key.credential, from, to) +
    REACTION_MS +
    (isRejected ? BEGUN_AGAIN_MS : 0);
  return {
    cause,
    ms: to - from,
    told: isBefore ? 'before' : isDuring ? 'during' : isAfter ? 'after' : 'never',
    // It counts from the moment at which everything works again.
    isTooLong: to > endOfOutages(outages, from, allowed) + allowed,
    isHealSpent: healsOf(evidence, key.credential).some((at) => at > from - HEAL_INTERVAL_MS && at < from),
    detail: `${id} from ${new Date(from).toISOString()} for ${Math.round((to - from) / 60_000)} min`,
  };
}

/** When keys were generated for a heal, or may have been. */
function healsOf(evidence: Evidence, credential: string): number[] {
  return rotationHistories(evidence)
    .filter(
      ({ last, credential: own }) =>
        own === credential && last.requestId.startsWith('heal-') && last.status !== 'failed',
    )
    .map(({ insertedAt }) => insertedAt);
}

/** The propagation of the slowest key that was made or waited for to end the outage (ms). */
function propagationWithin({ adyen }: Evidence, credential: string, from: number, to: number): number {
  const made = adyen.ledger
    .keysOf(credential)
    .filter(({ madeAt, usableFrom }) => usableFrom >= from && madeAt <= to);
  return Math.max(5 * 60_000, ...made.map(({ usableFrom, madeAt }) => usableFrom - madeAt));
}
