import { join } from 'node:path';
import { FUNCTION_NAMES } from '../support/function-names.ts';
import { startContainer } from './container.ts';
import { type Contender, packaged } from './contenders.ts';
import { mean, median } from './statistics.ts';
import type { World } from './world.ts';

/** How a function of Keyturn starts. */
export type Start = Readonly<{
  contender: Contender;
  /** From the start of the process until it polled for its first event (ms): the median. */
  firstPollMs: number;
  /** The processor time of that (ms): the mean. */
  cpuMs: number;
  /** The peak of memory (bytes). */
  rss: number;
}>;

/** Measures the starts of all packaged functions. They take turns. */
export async function measureStarts(folder: string, world: World, rounds: number): Promise<Start[]> {
  const contenders = await Promise.all(
    FUNCTION_NAMES.map((name) => packaged(name, name, join(folder, 'functions', name))),
  );
  const samples = contenders.map((contender) => ({
    contender,
    firstPollMs: [] as number[],
    cpuMs: [] as number[],
    rss: [] as number[],
  }));
  // Round 0 fills the cache of the file system and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { contender, firstPollMs, cpuMs, rss } of samples) {
      const container = await startContainer(contender, world.environment);
      if (round > 0) {
        firstPollMs.push(container.initMs);
        cpuMs.push(await container.cpuMs());
        rss.push(await container.peakRss());
      }
      await container.stop();
    }
  }
  return samples.map(({ contender, firstPollMs, cpuMs, rss }) => ({
    contender,
    firstPollMs: median(firstPollMs),
    cpuMs: mean(cpuMs),
    rss: Math.max(...rss),
  }));
}
