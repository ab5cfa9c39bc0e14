import { createRandom } from './kernel/random.ts';
import type { Trace } from './kernel/remote-call.ts';
import { resultOf, type WorldResult } from './oracle/result.ts';
import { isScenarioName, MIX, SCENARIOS, type ScenarioName } from './scenarios.ts';
import { runWorld } from './world.ts';

/** The name of a world, `faults/1/42`: scenario, seed and number. It says everything that its history depends on. */
export function worldName(scenario: ScenarioName | 'all', seed: string, number: number): string {
  const own = scenario === 'all' ? createRandom(`mix/${seed}/${number}`).weighted(MIX) : scenario;
  return `${own}/${seed}/${number}`;
}

/** Runs the world of this name and judges it. */
export async function simulateWorld(name: string, trace?: Trace): Promise<WorldResult> {
  const [scenario = ''] = name.split('/');
  if (!isScenarioName(scenario)) throw new RangeError(`no such scenario: ${scenario}`);
  return resultOf(name, await runWorld(name, SCENARIOS[scenario], trace));
}
