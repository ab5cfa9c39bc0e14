import { useCallback, useEffect, useState } from 'preact/hooks';
import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';
import { type Api, type Problem, ProblemError } from '../api.ts';
import { toProblem } from '../load.ts';
import { byUrgency } from './urgency.ts';

/** How often the page shows what has arrived (ms): not at each of a hundred pages. */
const SHOW_EVERY_MS = 400;
/** How often a page is asked for again that the gateway throttled, and how long to wait if it does not say (ms). */
const TRIES = 5;
const PAUSE_MS = 1000;

/** For how long a list is new enough for a person who comes back from one key (ms). */
const FRESH_MS = 15_000;

export type AllKeys = Readonly<{
  keys: readonly KeyStateSummary[];
  isLoading: boolean;
  problem?: Problem;
}>;

/** The last list of each login, so that a person who comes back from one key finds it at once. */
const remembered = new WeakMap<Api, Readonly<{ keys: readonly KeyStateSummary[]; at: number }>>();

/** All keys that the person may see, the most urgent first. They come page by page, and are shown as they come. */
export function useAllKeys(api: Api): [AllKeys, reload: () => void] {
  const [state, setState] = useState<AllKeys>(() => ({
    keys: remembered.get(api)?.keys ?? [],
    isLoading: !isFresh(api),
  }));
  const [times, setTimes] = useState(0);
  // `times` is the wish to load again.
  useEffect(() => {
    if (times === 0 && isFresh(api)) return;
    const stop = new AbortController();
    setState((old) => ({ keys: old.keys, isLoading: true }));
    loadAll(api, stop.signal, (keys) =>
      setState((old) => (keys.length > old.keys.length ? { keys, isLoading: true } : old)),
    )
      .then((keys) => {
        remembered.set(api, { keys, at: Date.now() });
        setState({ keys, isLoading: false });
      })
      .catch((error: unknown) => {
        if (!stop.signal.aborted)
          setState((old) => ({ ...old, isLoading: false, problem: toProblem(error) }));
      });
    return () => stop.abort();
  }, [api, times]);
  return [state, useCallback(() => setTimes((n) => n + 1), [])];
}

function isFresh(api: Api): boolean {
  return Date.now() - (remembered.get(api)?.at ?? 0) < FRESH_MS;
}

async function loadAll(api: Api, signal: AbortSignal, onSome: (keys: KeyStateSummary[]) => void) {
  const keys: KeyStateSummary[] = [];
  let cursor: string | undefined;
  let shownAt = 0;
  do {
    const page = await patiently(() => api.listKeys(cursor, signal));
    signal.throwIfAborted();
    keys.push(...page.apiCredentials);
    cursor = page.nextCursor;
    if (Date.now() - shownAt >= SHOW_EVERY_MS) {
      onSome(byUrgency(keys));
      shownAt = Date.now();
    }
  } while (cursor !== undefined);
  return byUrgency(keys);
}

/** Does it again where the gateway says that there were too many requests. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const problem = error instanceof ProblemError ? error.problem : undefined;
      if (tries === TRIES || (problem?.status !== 429 && problem?.status !== 503)) throw error;
      await new Promise((resolve) =>
        setTimeout(resolve, (problem.retryAfter ?? 0) * 1000 || PAUSE_MS * tries),
      );
    }
  }
}
