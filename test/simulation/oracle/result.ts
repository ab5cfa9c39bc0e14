import type { Evidence } from '../world.ts';
import { countUnconfirmed } from './delivery.ts';
import { rotationHistories } from './history.ts';
import { findViolations, type Violation } from './invariants.ts';
import { type DeadTime, deadTimes } from './outages.ts';

type Counts = Readonly<Record<string, number>>;

/** What a world came to, as plain data: it goes from one thread to another. */
export type WorldResult = Readonly<{
  /** `scenario/seed/number`: runs the world again. */
  world: string;
  rotations: number;
  /** Rotations by outcome and trigger. */
  outcomes: Counts;
  /** What callers over HTTP read. */
  responses: Counts;
  deadLetters: Counts;
  secretRotations: Counts;
  busEvents: Counts;
  faults: Counts;
  unconfirmed: number;
  violations: readonly Violation[];
  deadTimes: readonly DeadTime[];
  /** The time (ms) of all managed API credentials together. */
  managedMs: number;
}>;

/** Judges a world. */
export async function resultOf(world: string, evidence: Evidence): Promise<WorldResult> {
  const { facts, account, start, end } = evidence;
  const histories = rotationHistories(evidence);
  return {
    world,
    rotations: histories.length,
    outcomes: count(histories.map(({ last }) => `${last.status}, by ${last.requestedBy.source}`)),
    responses: count(facts.callers.map(({ status, code }) => `${status} ${code}`)),
    deadLetters: count(facts.deadLetters),
    secretRotations: count(facts.secretRotations.map(({ outcome }) => outcome)),
    busEvents: count(facts.busEvents.map(({ event }) => event)),
    faults: Object.fromEntries(facts.faults),
    unconfirmed: countUnconfirmed(evidence),
    violations: await findViolations(evidence),
    deadTimes: deadTimes(evidence),
    managedMs: account.secrets.length * (end - start),
  };
}

function count(names: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
