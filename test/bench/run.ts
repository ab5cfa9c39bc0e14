import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { printsHelp } from '../../src/cli/run-command.ts';
import { replaceBlocks } from '../../src/local/docs/blocks.ts';
import { barChart } from './chart.ts';
import { buildContenders, packaged, packageKeyturn } from './contenders.ts';
import { count } from './format.ts';
import { measureGrowth } from './growth.ts';
import { contributorsOf } from './keyturn-bundle.ts';
import { measureListings } from './listing.ts';
import { measureCold } from './measure-cold.ts';
import { measureWarm } from './measure-warm.ts';
import { installPeers, peerVersions, versionsOf } from './peers.ts';
import { sections } from './results.ts';
import type { Measured } from './speed-tables.ts';
import { startWorld } from './world.ts';

const COLD_STARTS = 20;
const ROTATIONS = 2_000;
const EARLIER = [0, 1_000, 100_000];

const log = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);

const USAGE = `Usage: npm run bench

Measures cold starts, warm rotations, growth and listings, beside other ways to write the same function, and writes
test/bench/RESULTS.md and the tables in test/bench/README.md. It takes about ten minutes and installs the peers.`;

if (printsHelp(USAGE)) process.exit(0);
installPeers();
await using temporary = await mkdtempDisposable(join(tmpdir(), 'keyturn-bench-'));
const folder = temporary.path;

log('packaging');
await packageKeyturn(folder);
const contenders = await buildContenders(join(folder, 'contenders'));
const world = await startWorld(
  folder,
  contenders.map(({ name }) => name),
);
log(`cold starts: ${COLD_STARTS} of each`);
const cold = await measureCold(contenders, world, COLD_STARTS);
log(`warm rotations: ${ROTATIONS} of each`);
const warm = await measureWarm(contenders, world, ROTATIONS);
await world.close();

const functions = {
  rotate: await packaged('rotate', 'keyturn', join(folder, 'rotate')),
  rotations: await packaged('rotations', 'keyturn', join(folder, 'rotations')),
};
const growth = [];
for (const earlier of EARLIER) {
  log(`growth: ${earlier} earlier rotations`);
  growth.push(await measureGrowth(earlier, functions, folder));
}
log('growth: listings');
const listings = await measureListings();

const measured = contenders.flatMap((contender): Measured[] => {
  const [coldOf, warmOf] = [cold.get(contender.name), warm.get(contender.name)];
  return coldOf && warmOf ? [{ contender, cold: coldOf, warm: warmOf }] : [];
});
const results = sections({
  circumstances: [
    `${new Date().toISOString().slice(0, 10)}, ${type()} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1024 ** 3)} GB`,
    `Node ${process.version}, Keyturn ${manifest.version}, ${versionsOf('.', manifest.dependencies)}`,
    `peers: ${peerVersions()}`,
    `every contender in AWS's runtime interface client, over TLS, against the embedded DynamoDB, the local Secrets Manager, the Adyen simulator and the local issuer; cold: median of ${COLD_STARTS}, interleaved; warm: ${count(ROTATIONS)} rotations each, in turn, so that each contender finds the processor’s caches filled by the others`,
  ],
  measured,
  contributors: await contributorsOf('src/handlers/rotate.ts'),
  growth,
  listings,
});

const text = ['# What `npm run bench` measured', ...Object.values(results), ''].join('\n\n');
await writeFile('test/bench/RESULTS.md', text);
const blocks = Object.fromEntries(
  Object.entries(results).map(([name, section]) => [`bench:${name}`, section]),
);
await writeFile(
  'test/bench/README.md',
  replaceBlocks(await readFile('test/bench/README.md', 'utf8'), blocks),
);
await writeFile(
  'test/bench/cold-start.svg',
  barChart(
    'Cold start, to the first response',
    ['until the first poll for an event', 'until the first response'],
    measured.map(({ contender, cold: { firstPollMs, firstResponseMs } }) => ({
      name: contender.name,
      segments: [firstPollMs, firstResponseMs - firstPollMs],
    })),
  ),
);
console.log(`\n${text}`);
