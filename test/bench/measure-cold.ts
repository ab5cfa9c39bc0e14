import { startContainer } from './container.ts';
import type { Contender } from './contenders.ts';
import { rotate } from './rotate.ts';
import { mean, median } from './statistics.ts';
import type { World } from './world.ts';

export type Cold = Readonly<{
  /** From the start of the process until it polled for its first event (ms). */
  firstPollMs: number;
  /** From the start of the process until it responded to its first event (ms). */
  firstResponseMs: number;
  /** The processor time until the first poll (ms). */
  initCpuMs: number;
  /** The processor time from the first poll to the first response (ms). */
  responseCpuMs: number;
}>;

/**
 * Measures the first rotation in fresh containers. The contenders take turns, so that all of them suffer alike if the
 * machine slows down.
 *
 * @returns the median times and the mean processor times, by contender
 */
export async function measureCold(
  contenders: readonly Contender[],
  world: World,
  rounds: number,
): Promise<Map<string, Cold>> {
  const samples = new Map<string, Cold[]>(contenders.map(({ name }) => [name, []]));
  // Round 0 fills the cache of the file system and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const sample = await measureOnce(contender, world);
      if (round > 0) samples.get(contender.name)?.push(sample);
    }
  }
  return new Map([...samples].map(([name, all]) => [name, typicalOf(all)]));
}

async function measureOnce(contender: Contender, world: World): Promise<Cold> {
  const container = await startContainer(contender, world.environment);
  const initCpuMs = await container.cpuMs();
  const { endedAt } = await rotate(container, world, contender.name);
  const cpuMs = await container.cpuMs();
  await container.stop();
  return {
    firstPollMs: container.initMs,
    firstResponseMs: endedAt - container.spawnedAt,
    initCpuMs,
    responseCpuMs: cpuMs - initCpuMs,
  };
}

function typicalOf(all: readonly Cold[]): Cold {
  const values = (key: keyof Cold) => all.map((one) => one[key]);
  return {
    firstPollMs: median(values('firstPollMs')),
    firstResponseMs: median(values('firstResponseMs')),
    // The mean: processor time comes in ticks of 10 ms, so a median would be a multiple of 10.
    initCpuMs: mean(values('initCpuMs')),
    responseCpuMs: mean(values('responseCpuMs')),
  };
}
