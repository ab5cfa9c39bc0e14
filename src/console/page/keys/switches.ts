import { useEffect, useRef, useState } from 'preact/hooks';
import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';
import { type Api, pathOf } from '../api.ts';
import { lateConsumers } from '../late.ts';

/** Consumers of a key: the names of those that have not switched to it, and the number of all. */
export type Switches = Readonly<{ late: readonly string[]; all: number }>;

/** How long a list must stand still before its rows are asked for (ms), and how many at once. */
const STILL_MS = 250;
const AT_ONCE = 4;

/**
 * Which consumers of the keys that can be seen have not switched. The list of keys does not say it, so each key is read
 * once, when a person looks at it.
 */
export function useSwitches(api: Api, visible: readonly KeyStateSummary[]): ReadonlyMap<string, Switches> {
  const [known, setKnown] = useState<ReadonlyMap<string, Switches>>(new Map());
  const asked = useRef(new Set<string>());
  const key = visible.map(({ credential }) => pathOf(credential)).join();
  // `key` stands for the keys that can be seen
  useEffect(() => {
    let isCurrent = true;
    const queue = visible.filter(({ credential }) => !asked.current.has(pathOf(credential)));
    const work = async () => {
      for (let next = queue.shift(); next && isCurrent; next = queue.shift()) {
        const { credential } = next;
        asked.current.add(pathOf(credential));
        // Without an answer the place stays empty: the list itself is there.
        const state = await api.getKey(credential).catch(() => undefined);
        if (!state) continue;
        const late = lateConsumers(state).map((one) => one.consumerId);
        setKnown((old) => new Map(old).set(pathOf(credential), { late, all: state.consumers.length }));
      }
    };
    const timer = setTimeout(() => Array.from({ length: AT_ONCE }, work), STILL_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, api]);
  return known;
}
