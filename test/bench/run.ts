import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { runCommand } from '../../src/cli/run-command.ts';
import { replaceBlocks } from '../../src/local/docs/blocks.ts';
import { barChart } from './chart.ts';
import { buildContenders, packaged, packageKeyturn } from './contenders.ts';
import { count } from './format.ts';
import { type Growth, measureGrowth } from './growth.ts';
import { contributorsOf } from './keyturn-bundle.ts';
import { measureListings } from './listing.ts';
import { measureCold } from './measure-cold.ts';
import { measureStarts } from './measure-starts.ts';
import { measureWarm } from './measure-warm.ts';
import { installPeers, peerVersions, versionsOf } from './peers.ts';
import { type Part, readPart } from './read-part.ts';
import { type Results, sections } from './results.ts';
import type { Measured } from './speed-tables.ts';
import { startWorld } from './world.ts';

const COLD_STARTS = 20;
/** Of each function of Keyturn. */
const STARTS = 5;
const ROTATIONS = 2_000;
const EARLIER = [0, 1_000, 100_000];

const log = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);

await runCommand({
  usage: `Usage: npm run bench [-- --only cold|warm|growth]

Measures cold starts, warm rotations, growth and listings, beside other ways to write the same function, and writes
test/bench/RESULTS.md and the tables in test/bench/README.md. It takes about five minutes, and installs the peers first.

  --only PART  cold, warm or growth: measures this alone, and prints it without writing it`,
  readArguments: readPart,
  run: bench,
});

async function bench(only: Part | undefined): Promise<boolean> {
  installPeers();
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'keyturn-bench-'));
  log('packaging');
  await packageKeyturn(temporary.path);
  const results: Results = {
    circumstances: circumstances(),
    ...(only !== 'growth' && (await measureSpeed(temporary.path, only))),
    ...((only === undefined || only === 'growth') && (await measureSizes(temporary.path))),
  };
  const texts = sections(results);
  const text = ['# What `npm run bench` measured', ...Object.values(texts), ''].join('\n\n');
  if (only === undefined) {
    await writeFile('test/bench/RESULTS.md', text);
    await writeTables(texts);
    await writeFile('test/bench/cold-start.svg', chartOf(results.measured ?? []));
  }
  console.log(`\n${text}`);
  return true;
}

/** Measures Keyturn and its peers, cold and warm. */
async function measureSpeed(folder: string, only: Part | undefined): Promise<Partial<Results>> {
  const contenders = await buildContenders(join(folder, 'contenders'));
  const names = contenders.map(({ name }) => name);
  const isCold = only !== 'warm';
  const isWarm = only !== 'cold';
  await using world = await startWorld(folder, names);
  if (isCold) log(`cold starts: ${COLD_STARTS} of each`);
  const cold = isCold ? await measureCold(contenders, world, COLD_STARTS) : undefined;
  if (isCold) log(`starts of all functions: ${STARTS} of each`);
  const starts = isCold ? await measureStarts(folder, world, STARTS) : undefined;
  if (isWarm) log(`warm rotations: ${count(ROTATIONS)} of each`);
  const warm = isWarm ? await measureWarm(contenders, world, ROTATIONS) : undefined;
  const measured = contenders.map(
    (contender): Measured => ({
      contender,
      cold: cold?.get(contender.name),
      warm: warm?.get(contender.name),
    }),
  );
  return { measured, starts, contributors: await contributorsOf('src/handlers/rotate.ts') };
}

/** Measures what a rotation and the listings cost in small and in large tables. */
async function measureSizes(folder: string): Promise<Partial<Results>> {
  const functions = {
    rotate: await packaged('rotate', 'keyturn', join(folder, 'rotate')),
    rotations: await packaged('rotations', 'keyturn', join(folder, 'rotations')),
  };
  const growth: Growth[] = [];
  for (const earlier of EARLIER) {
    log(`growth: ${count(earlier)} earlier rotations`);
    growth.push(await measureGrowth(earlier, functions, folder));
  }
  log('growth: listings');
  return { growth, listings: await measureListings() };
}

function circumstances(): string[] {
  return [
    `${new Date().toISOString().slice(0, 10)}, ${type()} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1024 ** 3)} GB`,
    `Node ${process.version}, Keyturn ${manifest.version}, ${versionsOf('.', manifest.dependencies)}`,
    `peers: ${peerVersions()}`,
    `every contender in AWS's runtime interface client, over TLS, against the embedded DynamoDB, the local Secrets Manager, the Adyen simulator and the local issuer; cold: median of ${COLD_STARTS}, interleaved; warm: ${count(ROTATIONS)} rotations each, 100 in a row, so that each contender has the processor’s caches for itself`,
  ];
}

async function writeTables(texts: Record<string, string>): Promise<void> {
  const blocks = Object.fromEntries(
    Object.entries(texts).map(([name, section]) => [`bench:${name}`, section]),
  );
  const readme = await readFile('test/bench/README.md', 'utf8');
  await writeFile('test/bench/README.md', replaceBlocks(readme, blocks));
}

function chartOf(measured: readonly Measured[]): string {
  return barChart(
    'Cold start, to the first response',
    ['until the first poll for an event', 'until the first response'],
    measured.flatMap(({ contender, cold }) =>
      cold
        ? [{ name: contender.name, segments: [cold.firstPollMs, cold.firstResponseMs - cold.firstPollMs] }]
        : [],
    ),
  );
}
