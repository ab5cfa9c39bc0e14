/**
 * A clock that starts now and runs `scale` times as fast.
 *
 * @returns the time on it (ms since the epoch)
 */
export function scaledClock(scale: number, realNow: () => number = Date.now): () => number {
  const start = realNow();
  return () => start + (realNow() - start) * scale;
}
