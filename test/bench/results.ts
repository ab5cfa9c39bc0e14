import type { Contender } from './contenders.ts';
import type { Growth } from './growth.ts';
import { FEW, type ListingCost, MANY } from './listing.ts';
import type { Calls, Cold, Warm } from './measure.ts';
import { billedMs, lambdaDollars, monthlyBill, type Speed, slowdown, WAITING_MS } from './price.ts';

export type Measured = Readonly<{ contender: Contender; cold: Cold; warm: Warm }>;

export type Results = Readonly<{
  /** Date, machine and versions, a line each. */
  circumstances: readonly string[];
  /** Keyturn first. */
  measured: readonly Measured[];
  contributors: readonly [name: string, bytes: number][];
  growth: readonly Growth[];
  listings: readonly ListingCost[];
}>;

const MEMORY_MB = [256, 512, 1024];
const DEPLOYED_MB = 512;
const MONTHLY = [1, 1_000, 1_000_000];
const CONTRIBUTORS = 10;

const PEERS =
  '*bare* is the least code that makes the same calls. *typical* is what a team would write instead, with Adyen’s library and Powertools. *express* is a web server in a function. *sdk* makes the same calls through the AWS SDK, axios and aws-jwt-verify, bundled as Keyturn is, and does nothing else: what those packages take by themselves. *typical* and *express* are bundled with esbuild’s defaults, which do not minify: minified they would be smaller, and hardly faster to start. The estimate: Lambda gives initialisation a whole processor, and a request the share that the memory buys.';

/** The results as Markdown, by what they are about. */
export function chapters({ circumstances, measured, contributors, growth, listings }: Results) {
  return {
    circumstances: circumstances.map((line) => `- ${line}`).join('\n'),
    speed: `${speedTable(measured)}\n\n${PEERS}`,
    goals: goalsTable(measured),
    size: table(
      ['in the bundle of rotate', 'KB'],
      contributors.slice(0, CONTRIBUTORS).map(([name, bytes]) => [name, kilobytes(bytes)]),
    ),
    growth: table(
      ['earlier rotations of the API credential', 'one more rotation', 'the newest page of its history'],
      growth.map(({ earlier, rotation, page }) => [count(earlier), ...[rotation, page].map(costText)]),
    ),
    listings: table(
      ['page of 20, for ten accounts of twenty', `of ${count(FEW)} rotations`, `of ${count(MANY)}`],
      listings.map(({ name, few, many }) => [name, ...[few, many].map(listingText)]),
    ),
    money: moneyText(measured),
  };
}

const SPEED_ROWS: readonly [string, (one: Measured) => number, digits: number][] = [
  ['cold: to the first poll (ms)', ({ cold }) => cold.firstPollMs, 0],
  ['cold: to the first answered rotation (ms)', ({ cold }) => cold.firstAnswerMs, 0],
  [
    `cold: the same with ${DEPLOYED_MB} MB (ms, estimated)`,
    ({ cold }) => cold.firstAnswerMs + cold.answerCpuMs * (slowdown(DEPLOYED_MB) - 1),
    0,
  ],
  ['cold: processor time (ms)', ({ cold }) => cold.initCpuMs + cold.answerCpuMs, 0],
  ['warm: overhead, p50 (ms)', ({ warm }) => warm.overheadP50, 2],
  ['warm: overhead, p99 (ms)', ({ warm }) => warm.overheadP99, 2],
  ['warm: processor time (ms)', ({ warm }) => warm.cpuMs, 2],
  ['zip (KB)', ({ contender }) => contender.zipBytes / 1024, 0],
  ['unzipped (KB)', ({ contender }) => contender.bundleBytes / 1024, 0],
  ['peak memory, cold (MB)', ({ warm }) => warm.coldRss / 1024 ** 2, 0],
  ['peak memory, after half of the rotations (MB)', ({ warm }) => warm.halfRss / 1024 ** 2, 0],
  ['peak memory, after all rotations (MB)', ({ warm }) => warm.warmRss / 1024 ** 2, 0],
];

const CALL_ROWS: readonly [string, (calls: Calls) => number][] = [
  ['DynamoDB requests', ({ dynamoDb }) => dynamoDb],
  ['DynamoDB capacity units (without indexes)', ({ units }) => units],
  ['Secrets Manager calls', ({ secretsManager }) => secretsManager],
  ['upstream calls', ({ upstream }) => upstream],
];

function speedTable(measured: readonly Measured[]): string {
  const names = measured.map(({ contender }) => contender.name);
  const [keyturn] = measured;
  const bare = byName(measured, 'bare');
  const typical = byName(measured, 'typical');
  const rows = SPEED_ROWS.map(([what, of, digits]) => [
    what,
    ...measured.map((one) => of(one).toFixed(digits)),
    ...[bare, typical].map((peer) => ratio(keyturn, peer, of)),
  ]);
  const calls = CALL_ROWS.map(([what, of]) => [
    `${what}, cold / warm`,
    ...measured.map(({ warm }) => `${of(warm.coldCalls)} / ${of(warm.warmCalls)}`),
    '',
    '',
  ]);
  return table(['', ...names, '÷ bare', '÷ typical'], [...rows, ...calls]);
}

function goalsTable(measured: readonly Measured[]): string {
  const [keyturn] = measured;
  const toAnswer = ({ cold }: Measured) => cold.firstAnswerMs;
  const overhead = ({ warm }: Measured) => warm.overheadP50;
  const to = (name: string, of: (one: Measured) => number) => quotient(keyturn, byName(measured, name), of);
  const goals: [string, number, number][] = [
    ['cold start ÷ bare', 1.5, to('bare', toAnswer)],
    ['cold start ÷ typical', 0.6, to('typical', toAnswer)],
    ['warm overhead, p50 (ms)', 1, keyturn ? overhead(keyturn) : Number.NaN],
    ['warm overhead ÷ typical', 0.7, to('typical', overhead)],
    ['zip (KB)', 350, keyturn ? keyturn.contender.zipBytes / 1024 : Number.NaN],
  ];
  return table(
    ['goal', 'at most', 'is', ''],
    goals.map(([what, limit, is]) => [what, String(limit), is.toFixed(2), is <= limit ? 'met' : 'not met']),
  );
}

function moneyText(measured: readonly Measured[]): string {
  const [keyturn] = measured;
  if (!keyturn) return '';
  const speed: Speed = keyturn;
  const memory = MEMORY_MB.map((mb) => [
    `${mb} MB`,
    ...[true, false].flatMap((isCold) => {
      const ms = billedMs(speed, mb, isCold);
      return [ms.toFixed(0), `$${(lambdaDollars(ms, mb) * 1e6).toFixed(2)}`];
    }),
  ]);
  const bills = MONTHLY.map((rotations) => monthlyBill(rotations, speed, DEPLOYED_MB));
  const lines = (bills[0] ?? []).map(({ what }, index) => [
    what,
    ...bills.map((bill) => dollars(bill[index]?.dollars ?? Number.NaN)),
  ]);
  const total = bills.map((bill) => dollars(bill.reduce((sum, line) => sum + line.dollars, 0)));
  return [
    `List prices of us-east-1 on arm64, without free tiers. Billed time is estimated: ${WAITING_MS} ms of waiting for Adyen and AWS, and the processor time above, measured on x64, stretched by the share of a processor that the memory buys.`,
    table(['memory', 'cold: billed (ms)', 'a million', 'warm: billed (ms)', 'a million'], memory),
    `A month with ${DEPLOYED_MB} MB. Up to a thousand rotations every one is taken to be cold, at a million none.`,
    table(
      ['', ...MONTHLY.map((rotations) => many(rotations, 'rotation'))],
      [...lines, ['**sum**', ...total.map((sum) => `**${sum}**`)]],
    ),
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

function byName(measured: readonly Measured[], name: string): Measured | undefined {
  return measured.find(({ contender }) => contender.name === name);
}

function quotient(
  one: Measured | undefined,
  other: Measured | undefined,
  of: (one: Measured) => number,
): number {
  return one && other ? of(one) / of(other) : Number.NaN;
}

const ratio = (...parts: Parameters<typeof quotient>) => quotient(...parts).toFixed(2);
const count = (value: number) => value.toLocaleString('en');
const many = (value: number, what: string) => `${count(value)} ${what}${value === 1 ? '' : 's'}`;
const kilobytes = (bytes: number) => (bytes / 1024).toFixed(0);
const dollars = (value: number) => (value < 0.01 ? `$${value.toFixed(6)}` : `$${value.toFixed(2)}`);
const costText = ({ requests, units, ms }: Growth['rotation']) =>
  `${many(requests, 'request')}, ${units.toFixed(1)} units, ${ms.toFixed(1)} ms`;
const listingText = ({ units, trips, rotations }: ListingCost['few']) =>
  `${units.toFixed(1)} units, ${many(trips, 'trip')}, ${many(rotations, 'rotation')}`;
