const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A stretch of time that is drawn: two times in ms. */
export type Window = Readonly<{ from: number; to: number }>;

/** The stretches around now that a person can choose, and the distance of their ticks. */
export const RANGES = {
  '1 h': { before: 45 * MINUTE, after: 15 * MINUTE, tick: 15 * MINUTE },
  '2 d': { before: 24 * HOUR, after: 24 * HOUR, tick: 12 * HOUR },
  '30 d': { before: 20 * DAY, after: 10 * DAY, tick: 5 * DAY },
  '1 y': { before: 275 * DAY, after: 90 * DAY, tick: 90 * DAY },
} as const;

export type Range = keyof typeof RANGES;

// Object.keys forgets the type of the keys.
export const RANGE_NAMES = Object.keys(RANGES) as Range[];

export function windowOf(range: Range, now: number): Window {
  const { before, after } = RANGES[range];
  return { from: now - before, to: now + after };
}

/** Where a time is in a window, in per cent. Outside of it: below 0 or above 100. */
export function positionOf(at: number, { from, to }: Window): number {
  return ((at - from) / (to - from)) * 100;
}

/** The ticks of a window, as distances from now (ms). */
export function ticksOf(range: Range): number[] {
  const { before, after, tick } = RANGES[range];
  const ticks = [];
  for (let at = -Math.floor(before / tick) * tick; at <= after; at += tick) ticks.push(at);
  return ticks;
}
