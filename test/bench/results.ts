import { numbersTable } from '../../src/local/docs/table.ts';
import { costText } from './cost-text.ts';
import { count, countOf, kilobytes } from './format.ts';
import type { Growth } from './growth.ts';
import { FEW, type ListingCost, MANY } from './listing.ts';
import type { Start } from './measure-starts.ts';
import { goalsTable, type Measured, speedTable, startsTable } from './speed-tables.ts';

/** What was measured: everything, or one part of it. */
export type Results = Readonly<{
  /** Date, machine and versions, a line each. */
  circumstances: readonly string[];
  /** Keyturn first. */
  measured?: readonly Measured[] | undefined;
  starts?: readonly Start[] | undefined;
  contributors?: readonly [name: string, bytes: number][] | undefined;
  growth?: readonly Growth[] | undefined;
  listings?: readonly ListingCost[] | undefined;
}>;

/** How many packages the table of the bundle shows. */
const CONTRIBUTORS = 10;

const PEERS =
  '*sdk* makes the same calls through the AWS SDK, axios and aws-jwt-verify, bundled as Keyturn is, and does nothing else: it shows what those packages cost. *bare* is the least code that makes the same calls. *typical* is what a team would write instead, with Adyen’s library and Powertools. *express* is a web server in a function. *typical* and *express* are bundled with esbuild’s defaults, which do not minify: minified they would be smaller, and hardly faster to start. The estimate: Lambda gives the initialisation a whole processor, and a request the share that the memory buys.';

/** The results as sections of Markdown, by name. What was not measured has no section. */
export function sections(results: Results): Record<string, string> {
  const { circumstances, measured, starts, contributors, growth, listings } = results;
  const [keyturn] = measured ?? [];
  return {
    circumstances: circumstances.map((line) => `- ${line}`).join('\n'),
    ...(measured && {
      speed: `${speedTable(measured)}\n\n${PEERS}`,
      goals: goalsTable(measured),
    }),
    ...(starts && measured && { starts: startsTable(starts, measured) }),
    ...(contributors && {
      size: numbersTable(
        ['in the bundle of rotate', 'KB'],
        contributors.slice(0, CONTRIBUTORS).map(([name, bytes]) => [name, kilobytes(bytes)]),
      ),
    }),
    ...(growth && {
      growth: numbersTable(
        ['earlier rotations of the API credential', 'one more rotation', 'the newest page of its history'],
        growth.map(({ earlier, rotation, page }) => [count(earlier), ...[rotation, page].map(requestText)]),
      ),
    }),
    ...(listings && {
      listings: numbersTable(
        ['a page of 20, for ten accounts of twenty', `of ${count(FEW)} API credentials`, `of ${count(MANY)}`],
        listings.map(({ name, few, many }) => [name, ...[few, many].map(pageText)]),
      ),
    }),
    ...(keyturn?.cold && keyturn.warm && { money: costText({ cold: keyturn.cold, warm: keyturn.warm }) }),
  };
}

function requestText({ requests, units, ms }: Growth['rotation']): string {
  return `${countOf(requests, 'request')}, ${units.toFixed(1)} units, ${ms.toFixed(1)} ms`;
}

function pageText({ units, trips, found }: ListingCost['few']): string {
  return `${units.toFixed(1)} units, ${countOf(trips, 'trip')}, ${found} found`;
}
