import type { Clock } from '../../rotation/ports.ts';

/** From this age (ms) on, a newer one is loaded beside the one in use. */
const RENEW_AFTER_MS = 30 * 60_000;
/** The age (ms) at which the one in use is thrown away, whether a newer one could be loaded or not. */
const EXPIRE_AFTER_MS = 60 * 60_000;
/** Between two attempts to load a newer one (ms). */
const RENEWAL_PAUSE_MS = 60_000;

/**
 * Keeps something for an hour at most. It is renewed from half an hour on, while the one in use goes on serving, so that a
 * short outage of its source is not noticed. After the hour a new one takes its place, which loads itself at its first use.
 *
 * @param load fills a new one. Rejects if that fails
 */
export function createExpiring<T>(make: () => T, load: (one: T) => Promise<unknown>, now: Clock): () => T {
  let current = { one: make(), madeAt: now() };
  let renewAt = current.madeAt + RENEW_AFTER_MS;

  return () => {
    const time = now();
    if (time - current.madeAt >= EXPIRE_AFTER_MS) use(make(), time);
    else if (time >= renewAt) renew(time);
    return current.one;
  };

  function use(one: T, madeAt: number): void {
    current = { one, madeAt };
    renewAt = madeAt + RENEW_AFTER_MS;
  }

  function renew(time: number): void {
    renewAt = time + RENEWAL_PAUSE_MS;
    const next = make();
    load(next).then(
      () => use(next, time),
      // The one in use still serves; the next attempt follows.
      () => {},
    );
  }
}
