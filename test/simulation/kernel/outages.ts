import type { Random } from './random.ts';

export const SERVICES = ['dynamodb', 'secrets-manager', 'event-bridge', 'lambda', 'adyen'] as const;

export type Service = (typeof SERVICES)[number];

/** `adyen-role`: the management credential has lost its role, so that Adyen responds and rejects every generateApiKey. */
export type Outage = Readonly<{ service: Service | 'adyen-role'; from: number; to: number }>;

const SHORTEST_MS = 2 * 60_000;

/** Draws the outages of a world, at any time of the period: so many of each service, and of the role. */
export function drawOutages(
  random: Random,
  period: Readonly<{ from: number; to: number }>,
  {
    outages,
    roleLosses,
    longestOutageMs,
  }: Readonly<{ outages: number; roleLosses: number; longestOutageMs: number }>,
): Outage[] {
  return [...SERVICES.flatMap((service) => draw(service, outages)), ...draw('adyen-role', roleLosses)];

  function draw(service: Outage['service'], number: number): Outage[] {
    if (number === 0) return [];
    const drawn: Outage[] = [];
    const mean = (period.to - period.from) / number;
    for (let from = period.from + random.exponential(mean); from < period.to; ) {
      // Short ones are more common than long ones.
      const ms = SHORTEST_MS * (longestOutageMs / SHORTEST_MS) ** random.next();
      drawn.push({ service, from, to: from + ms });
      from += ms + random.exponential(mean);
    }
    return drawn;
  }
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
