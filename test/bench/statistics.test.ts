import { describe, expect, it } from 'vitest';
import { covered, mean, median, quantile } from './statistics.ts';

it('the mean, the median and a quantile are of the values, in whatever order', () => {
  const values = [9, 1, 5, 3, 2];
  expect([mean(values), median(values), quantile(values, 0.99), quantile(values, 0)]).toEqual([4, 3, 9, 1]);
  expect(values).toEqual([9, 1, 5, 3, 2]);
});

describe('what calls cover of a window', () => {
  it.each<[string, [number, number][], number]>([
    ['nothing', [], 0],
    ['one', [[12, 15]], 3],
    [
      'two, one after the other',
      [
        [11, 13],
        [14, 18],
      ],
      6,
    ],
    [
      'two at once, counted once',
      [
        [14, 18],
        [11, 15],
      ],
      7,
    ],
    [
      'one within another',
      [
        [11, 19],
        [13, 14],
      ],
      8,
    ],
    [
      'what begins before it, and ends after it',
      [
        [5, 12],
        [18, 30],
      ],
      4,
    ],
    [
      'what is outside',
      [
        [1, 9],
        [21, 25],
      ],
      0,
    ],
  ])('%s', (_what, calls, expected) => {
    const intervals = calls.map(([startedAt, endedAt]) => ({ startedAt, endedAt }));
    expect(covered(intervals, 10, 20)).toBe(expected);
  });
});
