import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newestFirst } from './newest-first.ts';
import { QUERIES_AT_ONCE } from './query.ts';

async function* stream(positions: string[], onAsk: () => void = () => {}) {
  for (const position of positions) {
    onAsk();
    yield { position };
  }
}

async function all(streams: string[][]): Promise<string[]> {
  const merged = [];
  for await (const { position } of newestFirst(streams.map((one) => stream(one)))) merged.push(position);
  return merged;
}

const descending = fc.array(fc.integer({ min: 0, max: 999 })).map((numbers) =>
  numbers
    .map((number) => String(number).padStart(3, '0'))
    .sort()
    .reverse(),
);

it('streams in descending order become one in descending order, with nothing lost and nothing added', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(descending, { maxLength: 6 }), async (streams) => {
      expect(await all(streams)).toEqual(streams.flat().sort().reverse());
    }),
  );
});

it('a stream is not asked for more than one ahead of what was taken', async () => {
  let asked = 0;
  const merged = newestFirst([
    stream(['9', '8', '7', '6'], () => {
      asked += 1;
    }),
    stream(['1']),
  ]);
  await merged.next();
  expect(asked).toBe(1);
});

it('of a great many streams only some are asked at once', async () => {
  let asking = 0;
  let most = 0;
  async function* slow(position: string) {
    asking += 1;
    most = Math.max(most, asking);
    await new Promise((resolve) => setImmediate(resolve));
    asking -= 1;
    yield { position };
  }
  const positions = Array.from({ length: 3 * QUERIES_AT_ONCE }, (_, index) => String(index).padStart(3, '0'));
  const merged: string[] = [];
  for await (const { position } of newestFirst(positions.map(slow))) merged.push(position);
  expect(merged).toEqual(positions.toReversed());
  expect(most).toBe(QUERIES_AT_ONCE);
});
