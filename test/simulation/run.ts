import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { printsHelp } from '../../src/cli/run-command.ts';
import { createProgress } from './report/progress.ts';
import { duration, report } from './report/report.ts';
import { NOTHING, type Totals, withWorld } from './report/totals.ts';
import { runWorlds } from './run-worlds.ts';
import { isScenarioName, SCENARIOS, type ScenarioName } from './scenarios.ts';
import { simulateWorld } from './simulate-world.ts';
import { startWorkers } from './workers.ts';

const USAGE = `Usage: npm run simulate -- [--rotations 100000] [--seed 1] [--scenario NAME] [--workers N]
       npm run simulate -- --world NAME

Simulates Keyturn on a virtual clock, with faults, and checks what must always hold.

  --rotations  run worlds until they have had so many rotations (10000)
  --seed       one seed, one history (1)
  --scenario   ${Object.keys(SCENARIOS).join(', ')}, or all: a mix of them (all)
  --workers    threads; the result does not depend on it (one for each processor)
  --world      run one world again, as a report names it (faults/1/42), and print its history

Ends with 0 if nothing was violated, 1 if something was, 2 if it could not run.`;

const options = {
  rotations: { type: 'string', default: '10000' },
  seed: { type: 'string', default: '1' },
  scenario: { type: 'string', default: 'all' },
  workers: { type: 'string', default: String(availableParallelism()) },
  world: { type: 'string' },
} as const;

type Arguments = Readonly<{
  seed: string;
  scenario: ScenarioName | 'all';
  world: string | undefined;
  rotations: number;
  workers: number;
}>;

if (!printsHelp(USAGE)) process.exitCode = await main();

/** An error in the arguments shows the usage; one of the simulation shows its stack. */
async function main(): Promise<number> {
  let values: Arguments;
  try {
    values = readArguments();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  try {
    return exitCodeOf(values.world === undefined ? await simulate(values) : await rerun(values.world));
  } catch (error) {
    console.error(error);
    return 2;
  }
}

function readArguments(): Arguments {
  const { seed, scenario, world, rotations, workers } = parseArgs({ options }).values;
  const [ofWorld] = world?.split('/') ?? [];
  if (ofWorld !== undefined && !isScenarioName(ofWorld)) throw new Error(`No such scenario: ${ofWorld}`);
  if (scenario !== 'all' && !isScenarioName(scenario)) throw new Error(`No such scenario: ${scenario}`);
  return {
    seed,
    scenario,
    world,
    rotations: wholeNumber('rotations', rotations),
    workers: wholeNumber('workers', workers),
  };
}

/** Runs many worlds and prints the report. */
async function simulate({ seed, scenario, rotations, workers: count }: Arguments): Promise<Totals> {
  const startedAt = Date.now();
  const progress = createProgress(rotations);
  const workers = startWorkers(count);
  const totals = await runWorlds({ scenario, seed, rotations }, workers.simulators, progress.show);
  await workers.close();
  progress.end();
  console.log(`${report(`Keyturn simulated: scenario ${scenario}, seed ${seed}`, totals)}\n`);
  console.log(`Duration: ${duration(Date.now() - startedAt)} with ${workers.simulators.length} workers`);
  return totals;
}

/** Runs one world again and prints what happens in it. */
async function rerun(world: string): Promise<Totals> {
  const result = await simulateWorld(world, (line) => console.log(line()));
  const totals = withWorld(NOTHING, result);
  console.log(`\n${report(`The world ${world}`, totals)}`);
  return totals;
}

function exitCodeOf({ breaches }: Totals): number {
  return breaches.size > 0 ? 1 : 0;
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number above 0.`);
}
