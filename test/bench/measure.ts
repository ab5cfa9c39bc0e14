import { type Call, type Container, startContainer } from './container.ts';
import type { Contender } from './contenders.ts';
import { covered, mean, median, quantile } from './statistics.ts';
import type { World } from './world.ts';

const WARM_UP = 200;

export type Cold = Readonly<{
  /** From the start of the process: until it asked for its first event, and until it had answered it (ms). */
  firstPollMs: number;
  firstAnswerMs: number;
  /** The processor's time that it took until then (ms). */
  initCpuMs: number;
  answerCpuMs: number;
}>;

export type Calls = Readonly<{ dynamoDb: number; units: number; secretsManager: number; upstream: number }>;

export type Warm = Readonly<{
  /** What a rotation took beside its calls (ms). */
  overheadP50: number;
  overheadP99: number;
  cpuMs: number;
  coldCalls: Calls;
  warmCalls: Calls;
  /** The most memory (bytes): after the first rotation, after half of all, and after all. */
  coldRss: number;
  halfRss: number;
  warmRss: number;
}>;

async function rotate(container: Container, world: World, name: string) {
  const invocation = await container.invoke(world.rotateEvent(name));
  if (invocation.isError || JSON.parse(invocation.body).statusCode !== 200) {
    throw new Error(`${name} did not rotate: ${invocation.body.slice(0, 500)}`);
  }
  return invocation;
}

/** Fresh containers, one contender after the other, again and again: a machine that slows down slows all of them. */
export async function measureCold(
  contenders: readonly Contender[],
  world: World,
  rounds: number,
): Promise<Map<string, Cold>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Cold[]]));
  // The first round fills the file system's cache and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const container = await startContainer(contender, world.environment);
      const initCpuMs = await container.cpuMs();
      const { endedAt } = await rotate(container, world, contender.name);
      const cpuMs = await container.cpuMs();
      await container.stop();
      if (round === 0) continue;
      samples.get(contender.name)?.push({
        firstPollMs: container.initMs,
        firstAnswerMs: endedAt - container.spawnedAt,
        initCpuMs,
        answerCpuMs: cpuMs - initCpuMs,
      });
    }
  }
  return new Map([...samples].map(([name, all]) => [name, typicalOf(all)]));
}

function typicalOf(all: readonly Cold[]): Cold {
  const values = (key: keyof Cold) => all.map((one) => one[key]);
  return {
    firstPollMs: median(values('firstPollMs')),
    firstAnswerMs: median(values('firstAnswerMs')),
    // The mean: of whole ticks a median would be one.
    initCpuMs: mean(values('initCpuMs')),
    answerCpuMs: mean(values('answerCpuMs')),
  };
}

/** One container each, which rotate in turn again and again. What its calls took is taken off. */
export async function measureWarm(
  contenders: readonly Contender[],
  world: World,
  rotations: number,
): Promise<Map<string, Warm>> {
  const results = await Promise.all(
    contenders.map(async (contender) => {
      const container = await startContainer(contender, world.environment, { observe: true });
      return { name: contender.name, container, overheads: [] as number[] };
    }),
  );
  const callsOf = async (name: string, container: Container): Promise<Calls> => {
    world.meter.take();
    await rotate(container, world, name);
    return counted(await container.takeCalls(), world.meter.take());
  };
  const first = new Map<string, { calls: Calls; rss: number }>();
  for (const { name, container } of results) {
    first.set(name, { calls: await callsOf(name, container), rss: await container.peakRss() });
  }
  for (let turn = 0; turn < WARM_UP; turn += 1) {
    for (const { name, container } of results) await rotate(container, world, name);
  }
  const cpuBefore = await Promise.all(results.map(({ container }) => container.cpuMs()));
  const halfRss: number[] = [];
  for (let turn = 0; turn < rotations; turn += 1) {
    if (turn === Math.floor(rotations / 2)) {
      halfRss.push(...(await Promise.all(results.map(({ container }) => container.peakRss()))));
    }
    for (const { name, container, overheads } of results) {
      await container.takeCalls();
      const { startedAt, endedAt } = await rotate(container, world, name);
      const from = performance.timeOrigin + startedAt;
      const to = performance.timeOrigin + endedAt;
      overheads.push(to - from - covered(await container.takeCalls(), from, to));
    }
  }
  const warm = new Map<string, Warm>();
  for (const [index, { name, container, overheads }] of results.entries()) {
    const cpuMs = ((await container.cpuMs()) - (cpuBefore[index] ?? 0)) / rotations;
    const warmRss = await container.peakRss();
    const { calls: coldCalls, rss: coldRss } = first.get(name) ?? unmeasured(name);
    warm.set(name, {
      overheadP50: quantile(overheads, 0.5),
      overheadP99: quantile(overheads, 0.99),
      cpuMs,
      coldCalls,
      warmCalls: await callsOf(name, container),
      coldRss,
      halfRss: halfRss[index] ?? Number.NaN,
      warmRss,
    });
    await container.stop();
  }
  return warm;
}

function counted(calls: readonly Call[], dynamoDb: { requests: number; units: number }): Calls {
  const count = (isOne: (target: string) => boolean) => calls.filter(({ target }) => isOne(target)).length;
  return {
    dynamoDb: dynamoDb.requests,
    units: dynamoDb.units,
    secretsManager: count((target) => target.startsWith('secretsmanager.')),
    upstream: count((target) => target.endsWith('/generateApiKey')),
  };
}

function unmeasured(name: string): never {
  throw new Error(`${name} was not measured`);
}
