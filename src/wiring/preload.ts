/** Lambda gives initialisation 10 s, and begins it anew if it takes longer. */
const AT_MOST_MS = 2_000;

/**
 * Waits for what the first request would wait for, for 2 s at most. While a function initialises it has a whole
 * processor, and a request only the share of one that the memory buys; between the two it may be frozen, with whatever
 * is still under way. What fails here is tried again by the request, which tells of it.
 */
export async function preload(...loads: Promise<unknown>[]): Promise<void> {
  const enough = new Promise((resolve) => setTimeout(resolve, AT_MOST_MS).unref());
  await Promise.race([Promise.allSettled(loads), enough]);
}
