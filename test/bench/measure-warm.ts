import { type Call, type Container, startContainer } from './container.ts';
import type { Contender } from './contenders.ts';
import { rotate } from './rotate.ts';
import { covered, quantile } from './statistics.ts';
import type { World } from './world.ts';

const WARM_UP = 200;
/** How many rotations a contender does before it is the next one's turn. */
const BLOCK = 100;

/** How often one rotation calls each service, and the capacity units that it consumes. */
export type Calls = Readonly<{ dynamoDb: number; units: number; secretsManager: number; upstream: number }>;

export type Warm = Readonly<{
  /** The duration of a rotation without its calls (ms). */
  overheadP50: number;
  overheadP99: number;
  /** The processor time of a rotation (ms). */
  cpuMs: number;
  coldCalls: Calls;
  warmCalls: Calls;
  /** The peak of memory (bytes): after the first rotation, after half of all, and after all. */
  coldRss: number;
  halfRss: number;
  warmRss: number;
}>;

type Entrant = Readonly<{ name: string; container: Container; overheads: number[] }>;

/**
 * Measures rotations in warm containers, one for each contender. Each does many in a row, so that it has the processor's
 * caches for itself; then it is the next one's turn, so that all suffer alike if the machine slows down.
 *
 * @param rotations a multiple of 200: two blocks
 */
export async function measureWarm(
  contenders: readonly Contender[],
  world: World,
  rotations: number,
): Promise<Map<string, Warm>> {
  const entrants = await Promise.all(
    contenders.map(async (contender): Promise<Entrant> => {
      const container = await startContainer(contender, world.environment, { observe: true });
      return { name: contender.name, container, overheads: [] };
    }),
  );
  const first = new Map<Entrant, { calls: Calls; rss: number }>();
  for (const entrant of entrants) {
    first.set(entrant, { calls: await callsOf(entrant, world), rss: await entrant.container.peakRss() });
  }
  for (const { name, container } of entrants) {
    for (let turn = 0; turn < WARM_UP; turn += 1) await rotate(container, world, name);
  }
  const cpuBefore = await Promise.all(entrants.map(({ container }) => container.cpuMs()));
  const halfRss: number[] = [];
  for (let done = 0; done < rotations; done += BLOCK) {
    if (done === rotations / 2) {
      halfRss.push(...(await Promise.all(entrants.map(({ container }) => container.peakRss()))));
    }
    for (const entrant of entrants) entrant.overheads.push(...(await overheadsOf(entrant, world)));
  }
  const warm = new Map<string, Warm>();
  for (const [index, entrant] of entrants.entries()) {
    const { name, container, overheads } = entrant;
    const cpuMs = ((await container.cpuMs()) - (cpuBefore[index] ?? 0)) / rotations;
    const warmRss = await container.peakRss();
    const { calls: coldCalls, rss: coldRss } = first.get(entrant) ?? unmeasured(name);
    warm.set(name, {
      overheadP50: quantile(overheads, 0.5),
      overheadP99: quantile(overheads, 0.99),
      cpuMs,
      coldCalls,
      warmCalls: await callsOf(entrant, world),
      coldRss,
      halfRss: halfRss[index] ?? Number.NaN,
      warmRss,
    });
    await container.stop();
  }
  return warm;
}

/** The overheads of one block of rotations (ms). */
async function overheadsOf(entrant: Entrant, world: World): Promise<number[]> {
  const overheads: number[] = [];
  while (overheads.length < BLOCK) overheads.push(await overheadOf(entrant, world));
  return overheads;
}

/** The duration of one rotation without the time in which it waits for a call (ms). */
async function overheadOf({ name, container }: Entrant, world: World): Promise<number> {
  await container.takeCalls();
  const { startedAt, endedAt } = await rotate(container, world, name);
  const from = performance.timeOrigin + startedAt;
  const to = performance.timeOrigin + endedAt;
  return to - from - covered(await container.takeCalls(), from, to);
}

/** Rotates once and counts the calls. */
async function callsOf({ name, container }: Entrant, world: World): Promise<Calls> {
  world.meter.take();
  await rotate(container, world, name);
  return count(await container.takeCalls(), world.meter.take());
}

function count(calls: readonly Call[], dynamoDb: { requests: number; units: number }): Calls {
  const countIf = (applies: (target: string) => boolean) =>
    calls.filter(({ target }) => applies(target)).length;
  return {
    dynamoDb: dynamoDb.requests,
    units: dynamoDb.units,
    secretsManager: countIf((target) => target.startsWith('secretsmanager.')),
    upstream: countIf((target) => target.endsWith('/generateApiKey')),
  };
}

function unmeasured(name: string): never {
  throw new Error(`${name} was not measured`);
}
