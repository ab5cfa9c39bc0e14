import type { Invariant } from '../oracle/invariants.ts';
import type { DeadTime } from '../oracle/outages.ts';
import type { WorldResult } from '../oracle/result.ts';

/** World seeds that show a violation, and the first detail of each. */
const SHOWN = 10;

export type Breach = Readonly<{ count: number; examples: readonly string[] }>;

/** All worlds of a run together. */
export type Totals = Readonly<{
  worlds: number;
  rotations: number;
  outcomes: ReadonlyMap<string, number>;
  responses: ReadonlyMap<string, number>;
  deadLetters: ReadonlyMap<string, number>;
  secretRotations: ReadonlyMap<string, number>;
  busEvents: ReadonlyMap<string, number>;
  faults: ReadonlyMap<string, number>;
  unconfirmed: number;
  breaches: ReadonlyMap<Invariant, Breach>;
  deadTimes: readonly (DeadTime & { world: string })[];
  managedMs: number;
}>;

export const NOTHING: Totals = {
  worlds: 0,
  rotations: 0,
  outcomes: new Map(),
  responses: new Map(),
  deadLetters: new Map(),
  secretRotations: new Map(),
  busEvents: new Map(),
  faults: new Map(),
  unconfirmed: 0,
  breaches: new Map(),
  deadTimes: [],
  managedMs: 0,
};

/** Adds a world to the totals. */
export function withWorld(totals: Totals, result: WorldResult): Totals {
  return {
    worlds: totals.worlds + 1,
    rotations: totals.rotations + result.rotations,
    outcomes: added(totals.outcomes, result.outcomes),
    responses: added(totals.responses, result.responses),
    deadLetters: added(totals.deadLetters, result.deadLetters),
    secretRotations: added(totals.secretRotations, result.secretRotations),
    busEvents: added(totals.busEvents, result.busEvents),
    faults: added(totals.faults, result.faults),
    unconfirmed: totals.unconfirmed + result.unconfirmed,
    breaches: withViolations(totals.breaches, result),
    deadTimes: [...totals.deadTimes, ...result.deadTimes.map((time) => ({ ...time, world: result.world }))],
    managedMs: totals.managedMs + result.managedMs,
  };
}

function added(counts: ReadonlyMap<string, number>, more: Readonly<Record<string, number>>) {
  const sum = new Map(counts);
  for (const [name, count] of Object.entries(more)) sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
}

function withViolations(breaches: Totals['breaches'], { world, violations }: WorldResult) {
  const sum = new Map(breaches);
  const shown = new Set<Invariant>();
  for (const { invariant, detail } of violations) {
    const { count, examples } = sum.get(invariant) ?? { count: 0, examples: [] };
    const isShown = !shown.has(invariant) && examples.length < SHOWN;
    shown.add(invariant);
    sum.set(invariant, {
      count: count + 1,
      examples: isShown ? [...examples, `${world}: ${detail}`] : examples,
    });
  }
  return sum;
}
