import pMap from 'p-map';
import { QUERIES_AT_ONCE } from './query.ts';

export type Positioned = Readonly<{ position: string }>;

/**
 * Merges streams that are each in descending order of `position` into one. It holds one head of each stream, and
 * asks a stream for its next value only when its head was taken.
 */
export async function* newestFirst<T extends Positioned>(
  streams: readonly AsyncIterator<T, void>[],
): AsyncGenerator<T, void> {
  const firsts = await pMap(streams, async (stream) => ({ stream, head: await stream.next() }), {
    concurrency: QUERIES_AT_ONCE,
  });
  const heads = firsts.flatMap(({ stream, head }) => (head.done ? [] : [{ stream, value: head.value }]));
  while (heads.length > 0) {
    const newest = heads.reduce((best, one) => (one.value.position > best.value.position ? one : best));
    yield newest.value;
    const next = await newest.stream.next();
    if (next.done) heads.splice(heads.indexOf(newest), 1);
    else newest.value = next.value;
  }
}
