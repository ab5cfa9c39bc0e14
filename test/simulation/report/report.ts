import { CAUSES } from '../oracle/cause.ts';
import { INVARIANTS, type Invariant } from '../oracle/invariants.ts';
import type { DeadTime } from '../oracle/outages.ts';
import { table } from './table.ts';
import type { Totals } from './totals.ts';

/** How many of the longest outages of each cause are named, and how many of those that are worse than is allowed. */
const EXAMPLES = 3;
const SHOWN = 10;

/** A run as text. Two runs with the same seed give the same text. */
export function report(title: string, totals: Totals): string {
  return [
    title,
    `${count(totals.worlds)} worlds, ${count(totals.rotations)} rotations`,
    section('Rotations by outcome and trigger', counts(totals.outcomes)),
    `Succeeded, and the caller has not read the response: ${count(totals.unconfirmed)}`,
    section('What callers over HTTP read', counts(totals.responses)),
    section('Events on the bus', counts(totals.busEvents)),
    section('Dead letters', counts(totals.deadLetters)),
    section('Rotations by Secrets Manager', counts(totals.secretRotations)),
    section('Faults', counts(totals.faults)),
    section('Violations', violations(totals)),
    section('Outage: time in which AWSCURRENT held a dead key', outages(totals)),
  ].join('\n\n');
}

function section(title: string, text: string): string {
  return `${title}\n${text.replaceAll(/^/gm, '  ')}`;
}

function counts(all: ReadonlyMap<string, number>): string {
  if (all.size === 0) return 'none';
  const rows = [...all].sort(([one], [other]) => (one < other ? -1 : 1));
  return table(rows.map(([name, number]) => [name, count(number)]));
}

function violations({ breaches }: Totals): string {
  const names = Object.keys(INVARIANTS) as Invariant[];
  const rows = table(names.map((name) => [name, count(breaches.get(name)?.count ?? 0)]));
  const examples = names.flatMap((name) => {
    const found = breaches.get(name)?.examples ?? [];
    return found.length === 0 ? [] : [`${name}:`, ...found.map((example) => `  ${example}`)];
  });
  return [rows, ...examples].join('\n');
}

function outages({ deadTimes, managedMs }: Totals): string {
  const head = [
    'cause',
    'outages',
    'total',
    'ppm',
    'median',
    'longest',
    'told before',
    'during',
    'after',
    'never',
    'too long',
    'heal spent',
  ];
  const causes = CAUSES.filter((cause) => deadTimes.some((time) => time.cause === cause));
  const rows = causes.map((cause) =>
    row(
      cause,
      deadTimes.filter((time) => time.cause === cause),
      managedMs,
    ),
  );
  const text = table([head, ...rows, row('all', deadTimes, managedMs)]);
  const longest = causes.flatMap((cause) => {
    const own = deadTimes.filter((time) => time.cause === cause);
    return own.toSorted((one, other) => other.ms - one.ms).slice(0, EXAMPLES);
  });
  return [
    `of ${duration(managedMs)} of managed API credentials`,
    text,
    ...examplesOf('the longest', longest),
    ...examplesOf('never told', deadTimes.filter(({ told }) => told === 'never').slice(0, SHOWN)),
    ...examplesOf('too long', deadTimes.filter(isOverdue).slice(0, SHOWN)),
  ].join('\n');
}

function examplesOf(title: string, times: Totals['deadTimes']): string[] {
  if (times.length === 0) return [];
  const lines = times.map(({ cause, world, detail, told }) => `${cause}: ${world}: ${detail}, told ${told}`);
  return [`${title}:`, ...lines];
}

/** Too long, although a heal was left. */
function isOverdue({ isTooLong, isHealSpent }: DeadTime): boolean {
  return isTooLong && !isHealSpent;
}

function row(name: string, times: readonly DeadTime[], managedMs: number): string[] {
  const sorted = times.map(({ ms }) => ms).sort((one, other) => one - other);
  const total = sorted.reduce((sum, ms) => sum + ms, 0);
  const told = (when: DeadTime['told']) => count(times.filter((time) => time.told === when).length);
  return [
    name,
    count(times.length),
    duration(total),
    count(managedMs === 0 ? 0 : Math.round((total / managedMs) * 1_000_000)),
    duration(sorted[Math.floor(sorted.length / 2)] ?? 0),
    duration(sorted.at(-1) ?? 0),
    told('before'),
    told('during'),
    told('after'),
    told('never'),
    count(times.filter(isOverdue).length),
    count(times.filter(({ isTooLong, isHealSpent }) => isTooLong && isHealSpent).length),
  ];
}

/** A time as `3d 04:05:06`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const clock = [3600, 60, 1].map((unit, index) => Math.floor(seconds / unit) % (index === 0 ? 24 : 60));
  const days = Math.floor(seconds / 86_400);
  const text = clock.map((part) => String(part).padStart(2, '0')).join(':');
  return days > 0 ? `${days}d ${text}` : text;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
