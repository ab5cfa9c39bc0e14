import { indexCredential } from '../../src/dynamodb/credential-index.ts';
import { LOCAL_TABLE } from '../../src/local/settings.ts';
import { auditTableAt } from '../support/audit-table.ts';
import { aSucceeded } from '../support/rotations.ts';
import { type Container, startContainer } from './container.ts';
import type { Contender } from './contenders.ts';
import { fill } from './fill.ts';
import { median } from './statistics.ts';
import { credentialOf, startWorld } from './world.ts';

const TURNS = 50;
const ROTATED = 'rotated';
/** API credentials that were never rotated: each can be rotated for the first time only once. */
const UNUSED = Array.from({ length: TURNS + 1 }, (_, index) => `unused${index}`);
const START = Date.parse('2026-01-01T00:00:00.000Z');

export type Cost = Readonly<{ requests: number; units: number; ms: number }>;
export type Growth = Readonly<{ earlier: number; rotation: Cost; page: Cost }>;

/** What a rotation and a page of history cost an API credential that has been rotated so many times before. */
export async function measureGrowth(
  earlier: number,
  functions: Readonly<{ rotate: Contender; rotations: Contender }>,
  folder: string,
): Promise<Growth> {
  const names = earlier === 0 ? UNUSED : UNUSED.map(() => ROTATED);
  const world = await startWorld(folder, [...new Set(names)]);
  if (earlier > 0) await rotateEarlier(world.dynamoDbUrl, earlier);
  const measure = async (contender: Contender, event: (name: string) => object): Promise<Cost> => {
    const container = await startContainer(contender, world.environment);
    const [first = '', ...others] = names;
    // What is done once a container is not what grows.
    await invoke(container, event(first));
    world.meter.take();
    const times: number[] = [];
    for (const name of others) times.push(await invoke(container, event(name)));
    const { requests, units } = world.meter.take();
    await container.stop();
    return { requests: requests / TURNS, units: units / TURNS, ms: median(times) };
  };
  const page = await measure(functions.rotations, world.historyEvent);
  const rotation = await measure(functions.rotate, world.rotateEvent);
  await world.close();
  return { earlier, rotation, page };
}

async function invoke(container: Container, event: object): Promise<number> {
  const { body, startedAt, endedAt } = await container.invoke(event);
  if (JSON.parse(body).statusCode !== 200) throw new Error(`not answered: ${body.slice(0, 500)}`);
  return endedAt - startedAt;
}

/** Gives an API credential its earlier rotations. */
async function rotateEarlier(dynamoDbUrl: string, times: number): Promise<void> {
  const { client } = auditTableAt(dynamoDbUrl);
  const credential = credentialOf(ROTATED);
  await indexCredential(client, LOCAL_TABLE, credential);
  await fill(client, LOCAL_TABLE, times, (index) =>
    aSucceeded({
      id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
      credential,
      number: index + 1,
      requestedAt: new Date(START + index * 60_000).toISOString(),
    }),
  );
  client.destroy();
}
