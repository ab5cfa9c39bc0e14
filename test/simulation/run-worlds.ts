import { setImmediate } from 'node:timers/promises';
import type { WorldResult } from './oracle/result.ts';
import { NOTHING, type Totals, withWorld } from './report/totals.ts';
import type { ScenarioName } from './scenarios.ts';
import { worldName } from './simulate-world.ts';

/** Simulates a world by its name. */
export type Simulate = (world: string) => Promise<WorldResult>;

export type Run = Readonly<{
  scenario: ScenarioName | 'all';
  seed: string;
  /** Worlds are run until they have had so many rotations. */
  rotations: number;
}>;

/**
 * Runs worlds, several at a time, and adds them up in their order: the same run gives the same totals however many
 * are run at a time.
 *
 * @param simulators each simulates one world at a time
 */
export async function runWorlds(
  { scenario, seed, rotations }: Run,
  simulators: readonly Simulate[],
  onProgress: (rotations: number) => void = () => {},
): Promise<Totals> {
  const finished = new Map<number, WorldResult>();
  let totals = NOTHING;
  let next = 0;

  await Promise.all(
    simulators.map(async (simulate) => {
      while (totals.rotations < rotations) {
        const number = next;
        next += 1;
        finished.set(number, await simulate(worldName(scenario, seed, number)));
        addInOrder();
        onProgress(totals.rotations);
        // A world runs without a turn of the event loop.
        await setImmediate();
      }
    }),
  );
  return totals;

  /** A world that was begun too many, because others were not finished yet, is left out. */
  function addInOrder(): void {
    for (let result = finished.get(totals.worlds); result; result = finished.get(totals.worlds)) {
      if (totals.rotations >= rotations) return;
      finished.delete(totals.worlds);
      totals = withWorld(totals, result);
    }
  }
}
