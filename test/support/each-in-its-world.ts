import * as v from 'valibot';
import { afterEach, beforeEach, expect } from 'vitest';
import { BUS_EVENT_DEFINITIONS, isBusEvent } from '../../src/event-bus/bus-events.ts';
import { useDurableRunner } from './durable-runner.ts';
import { captureOutput } from './output.ts';
import { SECRET, startWorld, type World } from './workflow-world.ts';

/** What a test of the workflow asks of its world. */
export type Watched = Readonly<{
  world: World;
  output: ReturnType<typeof captureOutput>;
  /** The events on the bus, by name. */
  eventNames(): unknown[];
  /** The version that the app reads. */
  current(): ReturnType<World['secretsManager']['staged']>[string] | undefined;
  /** The codes or outcomes that a metric has counted. */
  codesOf(metric: string): unknown[];
  /** What happened to each rotation, in words. */
  timelines(): Promise<string[]>;
}>;

/** Gives each test a world of its own, and sees after it that every event fits its schema and that no key leaked. */
export function eachInItsWorld(settings: Record<string, string> = {}): Watched {
  let watched: Watched;
  useDurableRunner();
  beforeEach(async () => {
    watched = watch(await startWorld(settings));
  });
  afterEach(async () => {
    const { world, output } = watched;
    output.release();
    for (const { source, ...event } of world.bus.events) {
      if (source !== 'keyturn' || !isBusEvent(event['detail-type'])) continue;
      expect(
        v.safeParse(BUS_EVENT_DEFINITIONS[event['detail-type']].schema, event.detail).issues,
      ).toBeUndefined();
    }
    const everything = [...world.kept, output.output(), JSON.stringify(world.bus.events)].join('\n');
    for (const value of world.secretsManager.values(SECRET)) {
      expect(everything).not.toContain(JSON.parse(value).apiKey);
    }
    await world.close();
  });
  return {
    get world() {
      return watched.world;
    },
    get output() {
      return watched.output;
    },
    eventNames: () => watched.eventNames(),
    current: () => watched.current(),
    codesOf: (metric) => watched.codesOf(metric),
    timelines: () => watched.timelines(),
  };
}

function watch(world: World): Watched {
  const output = captureOutput();
  return {
    world,
    output,
    eventNames: () => world.bus.events.map((event) => event['detail-type']),
    current: () => world.secretsManager.staged(SECRET).AWSCURRENT,
    codesOf: (metric) =>
      output.lines().flatMap((line) => (line[metric] === 1 ? [line.code ?? line.outcome] : [])),
    timelines: async () =>
      (await world.rotations()).map(({ timeline }) => timeline.map(({ event }) => event).join(' ')),
  };
}
