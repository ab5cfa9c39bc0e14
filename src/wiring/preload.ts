/** Lambda allows initialisation 10 s, and starts it again if it takes longer. */
const AT_MOST_MS = 2_000;

/**
 * Loads what the first request would otherwise wait for, within 2 s. A function that initialises has a whole processor, a
 * request only the share that its memory buys; between the two the function may be frozen, with loads under way. A load
 * that fails here is repeated by the request, which reports it.
 */
export async function preload(...loads: Promise<unknown>[]): Promise<void> {
  const enough = new Promise((resolve) => setTimeout(resolve, AT_MOST_MS).unref());
  await Promise.race([Promise.allSettled(loads), enough]);
}
