/** The value that this share (0 to 1) of the values is below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The sum of the values divided by their number. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value in the middle. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How much of the window `from` … `to` is covered by at least one of the intervals. */
export function covered(
  intervals: readonly Readonly<{ startedAt: number; endedAt: number }>[],
  from: number,
  to: number,
): number {
  let total = 0;
  let reached = from;
  for (const { startedAt, endedAt } of [...intervals].sort((a, b) => a.startedAt - b.startedAt)) {
    const start = Math.max(startedAt, reached);
    const end = Math.min(endedAt, to);
    if (end > start) total += end - start;
    reached = Math.max(reached, end);
  }
  return total;
}
