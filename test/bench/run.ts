import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { barChart } from './chart.ts';
import { buildContenders, packaged, packageKeyturn } from './contenders.ts';
import { measureGrowth } from './growth.ts';
import { contributorsOf } from './keyturn-bundle.ts';
import { measureListings } from './listing.ts';
import { measureCold, measureWarm } from './measure.ts';
import peers from './package.json' with { type: 'json' };
import { chapters, type Measured } from './results.ts';
import { startWorld } from './world.ts';

const COLD_STARTS = 20;
const ROTATIONS = 2_000;
const EARLIER = [0, 1_000, 100_000];

// npm writes its own list last, once everything is there.
const arePeersInstalled =
  existsSync('test/bench/node_modules/.package-lock.json') &&
  Object.entries(peers.dependencies).every(([name, version]) => installed('test/bench', name) === version);
if (!arePeersInstalled) {
  // Its scripts build the runtime interface client.
  execFileSync('npm', ['ci'], { cwd: 'test/bench', stdio: 'inherit' });
}
const say = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
await using temporary = await mkdtempDisposable(join(tmpdir(), 'keyturn-bench-'));
const folder = temporary.path;

say('packaging');
await packageKeyturn(folder);
const contenders = await buildContenders(join(folder, 'contenders'));
const world = await startWorld(
  folder,
  contenders.map(({ name }) => name),
);
say(`cold starts: ${COLD_STARTS} of each`);
const cold = await measureCold(contenders, world, COLD_STARTS);
say(`warm rotations: ${ROTATIONS} of each`);
const warm = await measureWarm(contenders, world, ROTATIONS);
await world.close();

const functions = {
  rotate: await packaged('rotate', 'keyturn', join(folder, 'rotate')),
  rotations: await packaged('rotations', 'keyturn', join(folder, 'rotations')),
};
const growth = [];
for (const earlier of EARLIER) {
  say(`growth: ${earlier} earlier rotations`);
  growth.push(await measureGrowth(earlier, functions, folder));
}
say('growth: listings');
const listings = await measureListings();

const measured = contenders.flatMap((contender): Measured[] => {
  const [coldOf, warmOf] = [cold.get(contender.name), warm.get(contender.name)];
  return coldOf && warmOf ? [{ contender, cold: coldOf, warm: warmOf }] : [];
});
const results = chapters({
  circumstances: [
    `${new Date().toISOString().slice(0, 10)}, ${type()} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1024 ** 3)} GB`,
    `Node ${process.version}, Keyturn ${manifest.version}, ${versionsOf('.', manifest.dependencies)}`,
    `peers: ${versionsOf('test/bench', peers.dependencies)}`,
    `every contender in AWS's runtime interface client, over TLS, against the embedded DynamoDB, the local Secrets Manager, the Adyen simulator and the local issuer; cold: median of ${COLD_STARTS}, interleaved; warm: ${count(ROTATIONS)} rotations, one of each in turn, so that each finds the processor’s caches full of the others`,
  ],
  measured,
  contributors: await contributorsOf('src/handlers/rotate.ts'),
  growth,
  listings,
});
const text = ['# What `npm run bench` measured', ...Object.values(results), ''].join('\n\n');
await writeFile('test/bench/RESULTS.md', text);
await writeFile('README.md', withChapters(await readFile('README.md', 'utf8'), results));
await writeFile(
  'test/bench/cold-start.svg',
  barChart(
    'Cold start, to the first answered rotation',
    ['until it asks for an event', 'until it has answered'],
    measured.map(({ contender, cold: { firstPollMs, firstAnswerMs } }) => ({
      name: contender.name,
      parts: [firstPollMs, firstAnswerMs - firstPollMs],
    })),
  ),
);
console.log(`\n${text}`);

function versionsOf(folder: string, dependencies: Readonly<Record<string, string>>): string {
  return Object.keys(dependencies)
    .map((name) => `${name} ${installed(folder, name)}`)
    .join(', ');
}

/** The version of a package as it is there, or none. */
function installed(folder: string, name: string): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** Puts each chapter where the text has a mark for it. */
function withChapters(text: string, found: Readonly<Record<string, string>>): string {
  return Object.entries(found).reduce((whole, [name, chapter]) => {
    const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [before, rest] = whole.split(start);
    const after = rest?.split(end)[1];
    return after === undefined ? whole : `${before}${start}\n\n${chapter}\n\n${end}${after}`;
  }, text);
}
