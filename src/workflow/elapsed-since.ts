/**
 * The time since an event was raised (ms). At least 0: EventBridge's clock is another one, and gives whole seconds.
 *
 * @param since RFC 3339
 * @param now ms since the epoch
 */
export function elapsedSince(since: string, now: number): number {
  return Math.max(0, now - Date.parse(since));
}
