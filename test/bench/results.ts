import { numbersTable } from '../../src/local/docs/table.ts';
import { costText } from './cost-text.ts';
import { count, countOf, kilobytes } from './format.ts';
import type { Growth } from './growth.ts';
import { FEW, type ListingCost, MANY } from './listing.ts';
import { goalsTable, type Measured, speedTable } from './speed-tables.ts';

export type Results = Readonly<{
  /** Date, machine and versions, a line each. */
  circumstances: readonly string[];
  /** Keyturn first. */
  measured: readonly Measured[];
  contributors: readonly [name: string, bytes: number][];
  growth: readonly Growth[];
  listings: readonly ListingCost[];
}>;

/** How many packages the table of the bundle shows. */
const CONTRIBUTORS = 10;

const PEERS =
  '*bare* is the least code that makes the same calls. *typical* is what a team would write instead, with Adyen’s library and Powertools. *express* is a web server in a function. *sdk* makes the same calls through the AWS SDK, axios and aws-jwt-verify, bundled as Keyturn is, and does nothing else: it shows what those packages cost. *typical* and *express* are bundled with esbuild’s defaults, which do not minify: minified they would be smaller, and hardly faster to start. The estimate: Lambda gives the initialisation a whole processor, and a request the share that the memory buys.';

/** The results as sections of Markdown, by name. */
export function sections({ circumstances, measured, contributors, growth, listings }: Results) {
  const [keyturn] = measured;
  return {
    circumstances: circumstances.map((line) => `- ${line}`).join('\n'),
    speed: `${speedTable(measured)}\n\n${PEERS}`,
    goals: goalsTable(measured),
    size: numbersTable(
      ['in the bundle of rotate', 'KB'],
      contributors.slice(0, CONTRIBUTORS).map(([name, bytes]) => [name, kilobytes(bytes)]),
    ),
    growth: numbersTable(
      ['earlier rotations of the API credential', 'one more rotation', 'the newest page of its history'],
      growth.map(({ earlier, rotation, page }) => [count(earlier), ...[rotation, page].map(requestText)]),
    ),
    listings: numbersTable(
      ['page of 20, for ten accounts of twenty', `of ${count(FEW)} rotations`, `of ${count(MANY)}`],
      listings.map(({ name, few, many }) => [name, ...[few, many].map(pageText)]),
    ),
    money: keyturn ? costText(keyturn) : '',
  };
}

function requestText({ requests, units, ms }: Growth['rotation']): string {
  return `${countOf(requests, 'request')}, ${units.toFixed(1)} units, ${ms.toFixed(1)} ms`;
}

function pageText({ units, trips, rotations }: ListingCost['few']): string {
  return `${units.toFixed(1)} units, ${countOf(trips, 'trip')}, ${countOf(rotations, 'rotation')}`;
}
