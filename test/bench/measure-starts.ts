import { join } from 'node:path';
import * as v from 'valibot';
import { FUNCTION_NAMES, type FunctionName } from '../support/function-names.ts';
import { type Container, startContainer } from './container.ts';
import { type Contender, packaged } from './contenders.ts';
import { FIRST_EVENTS, WORKING_SETTINGS } from './first-events.ts';
import { rotateBefore } from './rotate-before.ts';
import type { Invocation } from './runtime-api.ts';
import { mean, median } from './statistics.ts';
import type { World } from './world.ts';

/** How many responses of a warm container are measured, right after its first one. */
const WARM = 5;

/** How fast a function of Keyturn starts and responds. */
export type Start = Readonly<{
  contender: Contender;
  /** From the start of the process until it polled for its first event (ms): the median. */
  firstPollMs: number;
  /** From the start of the process until it responded to its first event (ms): the median. */
  firstResponseMs: number;
  /** The processor time of that (ms): the mean. */
  cpuMs: number;
  /** From a later event to its response (ms): the median. */
  warmMs: number;
  /** The peak of memory until the first response (bytes). */
  rss: number;
}>;

type Sample = Omit<Start, 'contender' | 'warmMs'> & Readonly<{ warmMs: readonly number[] }>;

/** Makes the next event of a function. */
type MakeEvent = () => object | Promise<object>;

/** Measures the starts and the first responses of all packaged functions. They take turns. */
export async function measureStarts(folder: string, world: World, rounds: number): Promise<Start[]> {
  const functions = await Promise.all(
    FUNCTION_NAMES.map(async (name) => ({
      name,
      contender: await packaged(name, name, join(folder, 'functions', name)),
      samples: [] as Sample[],
    })),
  );
  const keyFingerprint = await rotateBefore(folder, world);
  // Round 0 fills the cache of the file system and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, contender, samples } of functions) {
      const makeEvent = () => FIRST_EVENTS[name].make(world, keyFingerprint);
      const sample = await measureOnce(name, contender, world, makeEvent);
      if (round > 0) samples.push(sample);
    }
  }
  return functions.map(({ contender, samples }) => ({ contender, ...typicalOf(samples) }));
}

async function measureOnce(
  name: FunctionName,
  contender: Contender,
  world: World,
  makeEvent: MakeEvent,
): Promise<Sample> {
  const environment = { ...world.environment, ...WORKING_SETTINGS };
  // Made before the start, because some take time.
  const event = await makeEvent();
  const container = await startContainer(contender, environment);
  const { endedAt } = await work(container, name, event);
  const cold = {
    firstPollMs: container.initMs,
    firstResponseMs: endedAt - container.spawnedAt,
    cpuMs: await container.cpuMs(),
    rss: await container.peakRss(),
  };
  const warmMs: number[] = [];
  while (warmMs.length < WARM) {
    const warm = await work(container, name, await makeEvent());
    warmMs.push(warm.endedAt - warm.startedAt);
  }
  await container.stop();
  return { ...cold, warmMs };
}

/** Gives a function an event. Throws an error if the result is not as expected. */
async function work(container: Container, name: FunctionName, event: object): Promise<Invocation> {
  const invocation = await container.invoke(event);
  const { body, isError } = invocation;
  if (isError || !v.is(FIRST_EVENTS[name].result, JSON.parse(body))) {
    throw new Error(`${name} did not do its work: ${body.slice(0, 500)}`);
  }
  return invocation;
}

function typicalOf(samples: readonly Sample[]): Omit<Start, 'contender'> {
  return {
    firstPollMs: median(samples.map(({ firstPollMs }) => firstPollMs)),
    firstResponseMs: median(samples.map(({ firstResponseMs }) => firstResponseMs)),
    cpuMs: mean(samples.map(({ cpuMs }) => cpuMs)),
    warmMs: median(samples.flatMap(({ warmMs }) => warmMs)),
    rss: Math.max(...samples.map(({ rss }) => rss)),
  };
}
