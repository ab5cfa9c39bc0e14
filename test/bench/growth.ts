import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../../src/audit/item.ts';
import { register } from '../../src/audit/registry.ts';
import { LOCAL_TABLE } from '../../src/local/settings.ts';
import { auditTableAt } from '../support/audit-table.ts';
import { aSucceeded } from '../support/rotations.ts';
import { type Container, startContainer } from './container.ts';
import type { Contender } from './contenders.ts';
import { median } from './statistics.ts';
import { credentialOf, startWorld } from './world.ts';

const BATCH = 25;
const TURNS = 50;
const START = Date.parse('2026-01-01T00:00:00.000Z');

export type Cost = Readonly<{ requests: number; units: number; ms: number }>;
export type Growth = Readonly<{ earlier: number; rotation: Cost; page: Cost }>;

/** What a rotation and a page of history cost an API credential that has been rotated so many times before. */
export async function measureGrowth(
  earlier: number,
  functions: Readonly<{ rotate: Contender; rotations: Contender }>,
  folder: string,
): Promise<Growth> {
  const world = await startWorld(folder);
  await fill(world.dynamoDbUrl, earlier);
  const measure = async (contender: Contender, event: () => object): Promise<Cost> => {
    const container = await startContainer(contender, world.environment);
    // What is done once a container, and the first rotation of an API credential, are not what grows.
    await invoke(container, event());
    world.meter.take();
    const times: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) times.push(await invoke(container, event()));
    const { requests, units } = world.meter.take();
    await container.stop();
    return { requests: requests / TURNS, units: units / TURNS, ms: median(times) };
  };
  const page = await measure(functions.rotations, () => world.historyEvent('keyturn'));
  const rotation = await measure(functions.rotate, () => world.rotateEvent('keyturn'));
  await world.close();
  return { earlier, rotation, page };
}

async function invoke(container: Container, event: object): Promise<number> {
  const { body, startedAt, endedAt } = await container.invoke(event);
  if (JSON.parse(body).statusCode !== 200) throw new Error(`not answered: ${body.slice(0, 500)}`);
  return endedAt - startedAt;
}

async function fill(dynamoDbUrl: string, size: number): Promise<void> {
  const { client } = auditTableAt(dynamoDbUrl);
  const credential = credentialOf('keyturn');
  if (size > 0) await register(client, LOCAL_TABLE, credential);
  for (let start = 0; start < size; start += BATCH) {
    const puts = Array.from({ length: Math.min(BATCH, size - start) }, (_, offset) => {
      const index = start + offset;
      const rotation = aSucceeded({
        id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
        credential,
        number: index + 1,
        requestedAt: new Date(START + index * 60_000).toISOString(),
      });
      return { PutRequest: { Item: toItem(rotation) } };
    });
    await client.send(new BatchWriteCommand({ RequestItems: { [LOCAL_TABLE]: puts } }));
  }
  client.destroy();
}
