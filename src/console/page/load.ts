import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Problem, ProblemError } from './api.ts';

/** The state of a request: it runs, or it has led to data or to a problem. Old data stays while it is loaded again. */
export type Loaded<T> = Readonly<{ data?: T; problem?: Problem; isLoading: boolean }>;

/** Loads when `key` changes, and again on demand. */
export function useLoaded<T>(key: string, load: () => Promise<T>): [Loaded<T>, reload: () => void] {
  const [state, setState] = useState<Loaded<T> & { key: string }>({ key, isLoading: true });
  const [times, setTimes] = useState(0);
  // `key` stands for what `load` closes over, `times` for a wish
  useEffect(() => {
    let isCurrent = true;
    setState((old) => (old.key === key ? { ...old, isLoading: true } : { key, isLoading: true }));
    load().then(
      (data) => isCurrent && setState({ key, data, isLoading: false }),
      (error: unknown) =>
        isCurrent && setState((old) => ({ ...old, problem: toProblem(error), isLoading: false })),
    );
    return () => {
      isCurrent = false;
    };
  }, [key, times]);
  return [state.key === key ? state : { isLoading: true }, useCallback(() => setTimes((n) => n + 1), [])];
}

export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { title: 'The console has failed', detail: String(error), next: 'Reload the page.' };
}
