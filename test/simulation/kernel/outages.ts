import type { Random } from './random.ts';

export const SERVICES = ['dynamodb', 'secrets-manager', 'event-bridge', 'lambda', 'adyen'] as const;

export type Service = (typeof SERVICES)[number];

export type Outage = Readonly<{ service: Service; from: number; to: number }>;

const SHORTEST_MS = 2 * 60_000;

/** Draws the outages of a world: each service has some, at any time of the period. */
export function drawOutages(
  random: Random,
  period: Readonly<{ from: number; to: number }>,
  { outages, longestOutageMs }: Readonly<{ outages: number; longestOutageMs: number }>,
): Outage[] {
  if (outages === 0) return [];
  return SERVICES.flatMap((service) => {
    const drawn: Outage[] = [];
    const mean = (period.to - period.from) / outages;
    for (let from = period.from + random.exponential(mean); from < period.to; ) {
      // Short ones are more common than long ones.
      const ms = SHORTEST_MS * (longestOutageMs / SHORTEST_MS) ** random.next();
      drawn.push({ service, from, to: from + ms });
      from += ms + random.exponential(mean);
    }
    return drawn;
  });
}

/** The time (ms) of an interval in which one of the outages lasted. */
export function outageTimeWithin(outages: readonly Outage[], from: number, to: number): number {
  return outages.reduce(
    (sum, outage) => sum + Math.max(0, Math.min(outage.to, to) - Math.max(outage.from, from)),
    0,
  );
}

/** The end of the outages that began at most `reachMs` after `from` or after one another; `from`, if there is none. */
export function endOfOutages(outages: readonly Outage[], from: number, reachMs: number): number {
  let end = from;
  for (const outage of outages.toSorted((one, other) => one.from - other.from)) {
    if (outage.to > end && outage.from <= end + reachMs) end = outage.to;
  }
  return end;
}
