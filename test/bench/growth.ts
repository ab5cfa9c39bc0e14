import { indexCredential } from '../../src/dynamodb/credential-index.ts';
import { toItem } from '../../src/dynamodb/item.ts';
import { LOCAL_TABLE } from '../../src/local/settings.ts';
import { auditTableAt } from '../support/audit-table.ts';
import { aSucceeded } from '../support/rotations.ts';
import { type Container, startContainer } from './container.ts';
import type { Contender } from './contenders.ts';
import { fill } from './fill.ts';
import { median } from './statistics.ts';
import { credentialOf, startWorld } from './world.ts';

const MEASUREMENTS = 50;
const ROTATED = 'rotated';
/** API credentials without rotations. There is one for each measurement, because only its first rotation counts. */
const UNUSED = Array.from({ length: MEASUREMENTS + 1 }, (_, index) => `unused${index}`);
const START = Date.parse('2026-01-01T00:00:00.000Z');

/** What a request costs: calls to DynamoDB, read and write units, and time. */
export type Cost = Readonly<{ requests: number; units: number; ms: number }>;
export type Growth = Readonly<{ earlier: number; rotation: Cost; page: Cost }>;

/** Measures a rotation, and a page of history, of an API credential with `earlier` rotations. */
export async function measureGrowth(
  earlier: number,
  functions: Readonly<{ rotate: Contender; rotations: Contender }>,
  folder: string,
): Promise<Growth> {
  const names = earlier === 0 ? UNUSED : UNUSED.map(() => ROTATED);
  await using world = await startWorld(folder, [...new Set(names)]);
  if (earlier > 0) await writeEarlier(world.dynamoDbUrl, earlier);
  const measure = async (contender: Contender, event: (name: string) => object): Promise<Cost> => {
    const container = await startContainer(contender, world.environment);
    const [first = '', ...others] = names;
    // The first request of a container is not counted: it does work that later requests need not repeat.
    await invoke(container, event(first));
    world.meter.take();
    const times: number[] = [];
    for (const name of others) times.push(await invoke(container, event(name)));
    const { requests, units } = world.meter.take();
    await container.stop();
    return { requests: requests / MEASUREMENTS, units: units / MEASUREMENTS, ms: median(times) };
  };
  const page = await measure(functions.rotations, world.historyEvent);
  const rotation = await measure(functions.rotate, world.rotateEvent);
  return { earlier, rotation, page };
}

async function invoke(container: Container, event: object): Promise<number> {
  const { body, startedAt, endedAt } = await container.invoke(event);
  if (JSON.parse(body).statusCode !== 200) throw new Error(`not status 200: ${body.slice(0, 500)}`);
  return endedAt - startedAt;
}

/** Writes the earlier rotations of the API credential `ROTATED`. */
async function writeEarlier(dynamoDbUrl: string, times: number): Promise<void> {
  const { client } = auditTableAt(dynamoDbUrl);
  const credential = credentialOf(ROTATED);
  await indexCredential(client, LOCAL_TABLE, credential);
  await fill(client, LOCAL_TABLE, times, (index) =>
    toItem(
      aSucceeded({
        id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
        credential,
        number: index + 1,
        requestedAt: new Date(START + index * 60_000).toISOString(),
      }),
    ),
  );
  client.destroy();
}
