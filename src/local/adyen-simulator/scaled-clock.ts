/**
 * A clock that starts at the real time and runs `scale` times as fast.
 *
 * @returns reads the clock (ms since the epoch)
 */
export function scaledClock(scale: number, realNow: () => number = Date.now): () => number {
  const start = realNow();
  return () => start + (realNow() - start) * scale;
}
