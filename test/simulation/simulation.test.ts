import { describe, expect, it } from 'vitest';
import { report } from './report/report.ts';
import type { Totals } from './report/totals.ts';
import { runWorlds } from './run-worlds.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { simulateWorld } from './simulate-world.ts';

const ROTATIONS = 200;
/** Enough to compare two runs. */
const FEW = 40;
const SEED = '1';

/** The scenarios in which people end the key in use, or go back to a dead key. */
const BY_PEOPLE: readonly ScenarioName[] = ['outsiders', 'role-losses', 'rollbacks'];

const run = (scenario: ScenarioName, seed = SEED, rotations = ROTATIONS) =>
  runWorlds({ scenario, seed, rotations }, [simulateWorld]);

const runs = new Map<ScenarioName, Promise<Totals>>();

/** The run of a scenario, once for all tests. */
function simulate(scenario: ScenarioName): Promise<Totals> {
  const totals = runs.get(scenario) ?? run(scenario);
  runs.set(scenario, totals);
  return totals;
}

// The type of the names is lost in Object.keys.
const names = Object.keys(SCENARIOS) as ScenarioName[];

describe('a simulated Keyturn', () => {
  it.each(names)('breaks no invariant in the scenario %s', async (scenario) => {
    const { breaches, rotations } = await simulate(scenario);
    expect([...breaches]).toEqual([]);
    expect(rotations).toBeGreaterThanOrEqual(ROTATIONS);
  });

  it.each(names.filter((name) => !BY_PEOPLE.includes(name)))(
    'never has an app read a dead key in the scenario %s',
    async (scenario) => {
      expect((await simulate(scenario)).deadTimes).toEqual([]);
    },
  );

  it.each(BY_PEOPLE)(
    'tells of each key that people end in the scenario %s, and replaces it in time',
    async (scenario) => {
      const { deadTimes } = await simulate(scenario);
      expect(deadTimes.length).toBeGreaterThan(0);
      const isFault = ({ told, isTooLong, isHealSpent }: (typeof deadTimes)[number]) =>
        told === 'never' || (isTooLong && !isHealSpent);
      expect(deadTimes.filter(isFault)).toEqual([]);
    },
  );
});

describe('the simulation', () => {
  it('has one history for one seed', async () => {
    const [first, second] = [await simulate('faults'), await run('faults')];
    expect(report('', second)).toBe(report('', first));
  });

  it('has another history for another seed', async () => {
    const [first, second] = [await run('calm', '1', FEW), await run('calm', '2', FEW)];
    expect(report('', second)).not.toBe(report('', first));
  });

  it('adds worlds up in the same way, however many run at a time', async () => {
    const mix = { scenario: 'all', seed: SEED, rotations: FEW } as const;
    const alone = await runWorlds(mix, [simulateWorld]);
    const together = await runWorlds(mix, [simulateWorld, simulateWorld, simulateWorld]);
    expect(report('', together)).toBe(report('', alone));
  });

  it('runs one world again by its name', async () => {
    const [first, second] = [
      await simulateWorld('all-but-none/1/1').catch(String),
      await simulateWorld('storm/1/3'),
    ];
    expect(first).toContain('no such scenario');
    expect(second).toEqual(await simulateWorld('storm/1/3'));
  });
});
