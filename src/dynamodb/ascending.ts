import pMap from 'p-map';
import { QUERIES_AT_ONCE } from './query.ts';

/** Merges streams of names that are each in ascending order into one, each name once. It reads a stream when it must. */
export async function* ascending(
  streams: readonly AsyncIterator<string, void>[],
): AsyncGenerator<string, void> {
  const firsts = await pMap(streams, async (stream) => ({ stream, head: await stream.next() }), {
    concurrency: QUERIES_AT_ONCE,
  });
  const heads = firsts.flatMap(({ stream, head }) => (head.done ? [] : [{ stream, value: head.value }]));
  let last: string | undefined;
  while (heads.length > 0) {
    const least = heads.reduce((best, one) => (one.value < best.value ? one : best));
    if (least.value !== last) yield least.value;
    last = least.value;
    const next = await least.stream.next();
    if (next.done) heads.splice(heads.indexOf(least), 1);
    else least.value = next.value;
  }
}
