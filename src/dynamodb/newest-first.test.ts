import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newestFirst } from './newest-first.ts';
import { QUERIES_AT_ONCE } from './query.ts';

async function* stream(positions: string[], onRead: () => void = () => {}) {
  for (const position of positions) {
    onRead();
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

it('descending streams become one descending stream that contains exactly their entries', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(descending, { maxLength: 6 }), async (streams) => {
      expect(await all(streams)).toEqual(streams.flat().sort().reverse());
    }),
  );
});

it('a stream is read one entry at a time, when the entry is needed', async () => {
  let readCount = 0;
  const merged = newestFirst([
    stream(['9', '8', '7', '6'], () => {
      readCount += 1;
    }),
    stream(['1']),
  ]);
  await merged.next();
  expect(readCount).toBe(1);
});

it('only a limited number of streams is read at once', async () => {
  let reading = 0;
  let most = 0;
  async function* slow(position: string) {
    reading += 1;
    most = Math.max(most, reading);
    await new Promise((resolve) => setImmediate(resolve));
    reading -= 1;
    yield { position };
  }
  const positions = Array.from({ length: 3 * QUERIES_AT_ONCE }, (_, index) => String(index).padStart(3, '0'));
  const merged: string[] = [];
  for await (const { position } of newestFirst(positions.map(slow))) merged.push(position);
  expect(merged).toEqual(positions.toReversed());
  expect(most).toBe(QUERIES_AT_ONCE);
});
