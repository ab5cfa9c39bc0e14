import { numbersTable } from '../../src/local/docs/table.ts';
import type { Contender } from './contenders.ts';
import { kilobytes } from './format.ts';
import type { Cold } from './measure-cold.ts';
import type { Start } from './measure-starts.ts';
import type { Calls, Warm } from './measure-warm.ts';
import { slowdown } from './price.ts';

/** What was measured of a contender: of a run of one part, that part. */
export type Measured = Readonly<{
  contender: Contender;
  cold?: Cold | undefined;
  warm?: Warm | undefined;
}>;

/** The memory of the deployed functions (MB). */
export const DEPLOYED_MB = 512;

const MB = 1024 ** 2;

/** Reads one value; `undefined`: it was not measured. */
type Read = (one: Measured) => number | undefined;

const ofCold =
  (read: (cold: Cold) => number): Read =>
  ({ cold }) =>
    cold && read(cold);
const ofWarm =
  (read: (warm: Warm) => number): Read =>
  ({ warm }) =>
    warm && read(warm);

const coldStart = ofCold(({ firstResponseMs }) => firstResponseMs);
/** A request gets the share of a processor that the memory buys. */
const coldStartDeployed = ofCold(
  ({ firstResponseMs, responseCpuMs }) => firstResponseMs + responseCpuMs * (slowdown(DEPLOYED_MB) - 1),
);
const coldCpu = ofCold(({ initCpuMs, responseCpuMs }) => initCpuMs + responseCpuMs);
const overheadP50 = ofWarm((warm) => warm.overheadP50);
const overheadP99 = ofWarm((warm) => warm.overheadP99);
const warmCpu = ofWarm(({ cpuMs }) => cpuMs);
const zip: Read = ({ contender }) => contender.zipBytes / 1024;

const ROWS: readonly [string, Read, digits: number][] = [
  ['cold: to the first poll (ms)', ofCold(({ firstPollMs }) => firstPollMs), 0],
  ['cold: to the first response (ms)', coldStart, 0],
  [`cold: the same with ${DEPLOYED_MB} MB (ms, estimated)`, coldStartDeployed, 0],
  ['cold: processor time (ms)', coldCpu, 0],
  ['warm: overhead, p50 (ms)', overheadP50, 2],
  ['warm: overhead, p99 (ms)', overheadP99, 2],
  ['warm: processor time (ms)', warmCpu, 2],
  ['zip (KB)', zip, 0],
  ['unzipped (KB)', ({ contender }) => contender.bundleBytes / 1024, 0],
  ['peak memory, cold (MB)', ofWarm(({ coldRss }) => coldRss / MB), 0],
  ['peak memory, after half of the rotations (MB)', ofWarm(({ halfRss }) => halfRss / MB), 0],
  ['peak memory, after all rotations (MB)', ofWarm(({ warmRss }) => warmRss / MB), 0],
];

const CALL_ROWS: readonly [string, (calls: Calls) => number][] = [
  ['DynamoDB requests', ({ dynamoDb }) => dynamoDb],
  ['DynamoDB capacity units (without indexes)', ({ units }) => units],
  ['Secrets Manager calls', ({ secretsManager }) => secretsManager],
  ['upstream calls', ({ upstream }) => upstream],
];

/** The peers that the tables set Keyturn in relation to. */
const PEERS = ['sdk', 'bare', 'typical'];

/** All measurements of all contenders, and Keyturn's in relation to its peers. Keyturn comes first. */
export function speedTable(measured: readonly Measured[]): string {
  const names = measured.map(({ contender }) => contender.name);
  const rows = ROWS.filter(([, read]) => measured.every((one) => read(one) !== undefined)).map(
    ([name, read, digits]) => [
      name,
      ...measured.map((one) => read(one)?.toFixed(digits) ?? ''),
      ...PEERS.map((peer) => ratioTo(peer, measured, read)?.toFixed(2) ?? ''),
    ],
  );
  const warm = measured.flatMap((one) => (one.warm ? [one.warm] : []));
  const calls = CALL_ROWS.map(([name, countOf]) => [
    `${name}, cold / warm`,
    ...warm.map(({ coldCalls, warmCalls }) => `${countOf(coldCalls)} / ${countOf(warmCalls)}`),
    ...PEERS.map(() => ''),
  ]);
  return numbersTable(
    ['', ...names, ...PEERS.map((peer) => `÷ ${peer}`)],
    [...rows, ...(warm.length > 0 ? calls : [])],
  );
}

/** How each function of Keyturn starts and responds, and in relation to `sdk`, which rotates. */
export function startsTable(starts: readonly Start[], measured: readonly Measured[]): string {
  const sdk = measured.find(({ contender }) => contender.name === 'sdk')?.cold;
  const toSdk = (ms: number, sdkMs = Number.NaN) => (ms / sdkMs).toFixed(2);
  return numbersTable(
    [
      'function',
      'to the first poll (ms)',
      '÷ sdk',
      'to the first response (ms)',
      '÷ sdk',
      'processor time (ms)',
      'a warm response (ms)',
      'zip (KB)',
      'peak memory (MB)',
    ],
    starts.map(({ contender, firstPollMs, firstResponseMs, cpuMs, warmMs, rss }) => [
      contender.name,
      firstPollMs.toFixed(0),
      toSdk(firstPollMs, sdk?.firstPollMs),
      firstResponseMs.toFixed(0),
      toSdk(firstResponseMs, sdk?.firstResponseMs),
      cpuMs.toFixed(0),
      warmMs.toFixed(1),
      kilobytes(contender.zipBytes),
      (rss / MB).toFixed(0),
    ]),
  );
}

/** Keyturn's goals, and whether it meets them. */
export function goalsTable(measured: readonly Measured[]): string {
  const [keyturn] = measured;
  const goals: [string, limit: number, value: number | undefined][] = [
    ['cold start ÷ sdk', 1.08, ratioTo('sdk', measured, coldStart)],
    [
      `cold start with ${DEPLOYED_MB} MB (estimated) ÷ sdk`,
      1.08,
      ratioTo('sdk', measured, coldStartDeployed),
    ],
    ['cold start ÷ typical', 0.36, ratioTo('typical', measured, coldStart)],
    ['cold processor time ÷ sdk', 1.1, ratioTo('sdk', measured, coldCpu)],
    ['warm overhead, p50 ÷ sdk', 1.1, ratioTo('sdk', measured, overheadP50)],
    ['warm overhead, p50 ÷ typical', 0.8, ratioTo('typical', measured, overheadP50)],
    ['warm overhead, p99 ÷ sdk', 1, ratioTo('sdk', measured, overheadP99)],
    ['warm processor time ÷ sdk', 1.1, ratioTo('sdk', measured, warmCpu)],
    ['zip (KB)', 240, keyturn && zip(keyturn)],
    [
      'peak memory, after all rotations ÷ after half of them',
      1.02,
      keyturn?.warm && keyturn.warm.warmRss / keyturn.warm.halfRss,
    ],
  ];
  return numbersTable(
    ['goal', 'at most', 'is', ''],
    goals.flatMap(([name, limit, value]) =>
      value === undefined
        ? []
        : [[name, String(limit), value.toFixed(2), value <= limit ? 'met' : 'not met']],
    ),
  );
}

/** Keyturn's value divided by that of a peer. */
function ratioTo(name: string, measured: readonly Measured[], read: Read): number | undefined {
  const [keyturn] = measured;
  const peer = measured.find(({ contender }) => contender.name === name);
  const [ours, theirs] = [keyturn && read(keyturn), peer && read(peer)];
  return ours !== undefined && theirs !== undefined ? ours / theirs : undefined;
}
