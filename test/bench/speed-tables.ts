import { numbersTable } from '../../src/local/docs/table.ts';
import type { Contender } from './contenders.ts';
import type { Cold } from './measure-cold.ts';
import type { Calls, Warm } from './measure-warm.ts';
import { slowdown } from './price.ts';

export type Measured = Readonly<{ contender: Contender; cold: Cold; warm: Warm }>;

/** The memory of the deployed functions (MB). */
export const DEPLOYED_MB = 512;

const ROWS: readonly [string, (one: Measured) => number, digits: number][] = [
  ['cold: to the first poll (ms)', ({ cold }) => cold.firstPollMs, 0],
  ['cold: to the first response (ms)', ({ cold }) => cold.firstResponseMs, 0],
  [
    `cold: the same with ${DEPLOYED_MB} MB (ms, estimated)`,
    ({ cold }) => cold.firstResponseMs + cold.responseCpuMs * (slowdown(DEPLOYED_MB) - 1),
    0,
  ],
  ['cold: processor time (ms)', ({ cold }) => cold.initCpuMs + cold.responseCpuMs, 0],
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

/** All measurements of all contenders, and Keyturn's in relation to two of its peers. Keyturn comes first. */
export function speedTable(measured: readonly Measured[]): string {
  const names = measured.map(({ contender }) => contender.name);
  const rows = ROWS.map(([name, read, digits]) => [
    name,
    ...measured.map((one) => read(one).toFixed(digits)),
    ...['bare', 'typical'].map((peer) => ratioTo(peer, measured, read).toFixed(2)),
  ]);
  const calls = CALL_ROWS.map(([name, countOf]) => [
    `${name}, cold / warm`,
    ...measured.map(({ warm }) => `${countOf(warm.coldCalls)} / ${countOf(warm.warmCalls)}`),
    '',
    '',
  ]);
  return numbersTable(['', ...names, '÷ bare', '÷ typical'], [...rows, ...calls]);
}

/** Keyturn's goals, and whether it meets them. */
export function goalsTable(measured: readonly Measured[]): string {
  const [keyturn] = measured;
  const coldStart = ({ cold }: Measured) => cold.firstResponseMs;
  const overhead = ({ warm }: Measured) => warm.overheadP50;
  const goals: [string, limit: number, value: number][] = [
    ['cold start ÷ bare', 1.5, ratioTo('bare', measured, coldStart)],
    ['cold start ÷ typical', 0.6, ratioTo('typical', measured, coldStart)],
    ['warm overhead, p50 (ms)', 1, keyturn ? overhead(keyturn) : Number.NaN],
    ['warm overhead ÷ typical', 0.7, ratioTo('typical', measured, overhead)],
    ['zip (KB)', 350, keyturn ? keyturn.contender.zipBytes / 1024 : Number.NaN],
  ];
  return numbersTable(
    ['goal', 'at most', 'is', ''],
    goals.map(([name, limit, value]) => [
      name,
      String(limit),
      value.toFixed(2),
      value <= limit ? 'met' : 'not met',
    ]),
  );
}

/** Keyturn's value divided by that of a peer. */
function ratioTo(name: string, measured: readonly Measured[], read: (one: Measured) => number): number {
  const [keyturn] = measured;
  const peer = measured.find(({ contender }) => contender.name === name);
  return keyturn && peer ? read(keyturn) / read(peer) : Number.NaN;
}
