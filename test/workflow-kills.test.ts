import { describe, expect, it } from 'vitest';
import { useDurableRunner } from './support/durable-runner.ts';
import type { Fate } from './support/gate.ts';
import { captureOutput } from './support/output.ts';
import { rotateApiKey, SECRET, startWorld, type World } from './support/workflow-world.ts';

/** How many worlds run at the same time. Each is idle for most of its time. */
const AT_ONCE = 16;
const MINUTE_MS = 60_000;

type Scenario = Readonly<{ name: string; prepare(world: World): Promise<object> }>;

const SCENARIOS: readonly Scenario[] = [
  { name: 'an event', prepare: async () => rotateApiKey() },
  {
    name: 'a key that was issued over HTTP',
    async prepare(world) {
      await world.rotateOverHttp();
      return world.bus.events[0] ?? {};
    },
  },
  {
    name: 'a call that is processed late',
    async prepare(world) {
      world.adyen.faults.order({ kind: 'late', ms: 4 * MINUTE_MS });
      return rotateApiKey();
    },
  },
  {
    name: 'a key that stalls and works late',
    async prepare(world) {
      world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 5 });
      return rotateApiKey();
    },
  },
  { name: 'an event that is refused', prepare: async () => rotateApiKey({}, { source: 'somebody' }) },
];

useDurableRunner();

/** Runs one event in its own world, and kills its function once: at the call with this number. */
async function runKilled({ prepare }: Scenario, at: number, fate: Fate) {
  const world = await startWorld({ KEY_VERIFICATION_SECONDS: '60', UPSTREAM_TIMEOUT_MS: '20000' });
  const event = await prepare(world);
  const calls: string[] = [];
  const result = await world.run(event, (call) => {
    calls.push(call);
    return calls.length === at ? fate : 'live';
  });
  world.adyen.faults.clear();
  const rotations = await world.rotations();
  const newest = rotations.at(-1);
  const end = {
    end: result.getStatus() === 'SUCCEEDED' ? result.getResult()?.outcome : result.getError().errorMessage,
    newest: newest?.timeline.map(({ event }) => event),
    isCurrent: world.secretsManager.staged(SECRET).AWSCURRENT?.id === newest?.id,
    works: await world.currentKeyWorks(),
    published: world.bus.events.at(-1)?.['detail-type'],
    open: rotations.filter(({ status }) => status === 'started').length,
    outbox: rotations.filter((rotation) => rotation.status === 'succeeded' && rotation.outbox).length,
  };
  const keys = world.secretsManager.values(SECRET).map((value) => JSON.parse(value).apiKey);
  const leaks = world.kept.filter((text) => keys.some((key) => text.includes(key))).length;
  const generated = world.adyen.credentials.generated();
  await world.close();
  return { calls, end, leaks, generated, statuses: rotations.map(({ status }) => status) };
}

/** The names of calls, each numbered by its operation: `PutItem 1`, `UpdateItem 1`, `PutItem 2`. */
function named(calls: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return calls.map((call) => {
    counts.set(call, (counts.get(call) ?? 0) + 1);
    return `${call} ${counts.get(call)}`;
  });
}

describe('the workflow, killed before or after any call or checkpoint, ends in the same state', () => {
  it.each(SCENARIOS)('for $name', { timeout: 300_000 }, async (scenario) => {
    const output = captureOutput();
    const untouched = await runKilled(scenario, 0, 'live');
    // Before a call, the world is as it was after the previous one: that kill is the same.
    const points = named(untouched.calls).flatMap((name, index) => [
      ...(index === 0 ? [{ name: `before ${name}`, at: 1, fate: 'killed-before' as const }] : []),
      { name: `after ${name}`, at: index + 1, fate: 'killed-after' as const },
    ]);
    const results = new Map<string, Awaited<ReturnType<typeof runKilled>>>();
    const queue = [...points];
    const work = async () => {
      for (let point = queue.shift(); point; point = queue.shift()) {
        results.set(point.name, await runKilled(scenario, point.at, point.fate));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    output.release();
    const shown = points.map(({ name }) => `${name}: ${results.get(name)?.statuses.join(', ')}`);
    console.log(
      [`${scenario.name}: ${points.length} kill points, all "${untouched.end.end}"`, ...shown].join('\n'),
    );
    for (const { name } of points) {
      const result = results.get(name);
      expect(result?.end, name).toEqual(untouched.end);
      expect(result?.leaks, name).toBe(0);
      // A key that was made and not stored is lost, and another key is made.
      expect(result?.generated, name).toBeLessThanOrEqual(untouched.generated + 1);
    }
  });
});
