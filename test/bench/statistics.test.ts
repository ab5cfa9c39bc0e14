import { describe, expect, it } from 'vitest';
import { covered, mean, median, quantile } from './statistics.ts';

it('the mean, the median and a quantile do not depend on the order of the values', () => {
  const values = [9, 1, 5, 3, 2];
  expect([mean(values), median(values), quantile(values, 0.99), quantile(values, 0)]).toEqual([4, 3, 9, 1]);
  expect(values).toEqual([9, 1, 5, 3, 2]);
});

describe('how much of a window is covered', () => {
  it.each<[string, [number, number][], number]>([
    ['by no call', [], 0],
    ['by one call', [[12, 15]], 3],
    [
      'by two calls, one after the other',
      [
        [11, 13],
        [14, 18],
      ],
      6,
    ],
    [
      'by two calls that overlap, which count once',
      [
        [14, 18],
        [11, 15],
      ],
      7,
    ],
    [
      'by a call during another',
      [
        [11, 19],
        [13, 14],
      ],
      8,
    ],
    [
      'by calls that begin before the window or end after it',
      [
        [5, 12],
        [18, 30],
      ],
      4,
    ],
    [
      'by calls outside the window',
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
