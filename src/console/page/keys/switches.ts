import { useEffect, useRef, useState } from 'preact/hooks';
import { credentialPath } from '../../../rotation/api-credential.ts';
import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';
import type { Api } from '../api.ts';
import { lateConsumers } from '../late.ts';

/** Consumers of a key: the names of those that have not switched to it, and the number of all. */
export type Switches = Readonly<{ late: readonly string[]; all: number }>;

/** How long a list must stand still before its rows are asked for (ms), and how many at once. */
const STILL_MS = 250;
const AT_ONCE = 4;

/**
 * Which consumers of the keys that can be seen have not switched. The list of keys does not say it, so each key is read
 * when a person looks at it, and again after the list was refreshed.
 */
export function useSwitches(api: Api, visible: readonly KeyStateSummary[]): ReadonlyMap<string, Switches> {
  const [known, setKnown] = useState<ReadonlyMap<string, Switches>>(new Map());
  const asked = useRef(new WeakSet<KeyStateSummary>());
  const key = visible.map(({ credential }) => credentialPath(credential)).join();
  // `key` stands for the keys that can be seen. A refreshed list has other objects.
  useEffect(() => {
    let isCurrent = true;
    const queue = visible.filter((one) => !asked.current.has(one));
    const work = async () => {
      for (let next = queue.shift(); next && isCurrent; next = queue.shift()) {
        const { credential } = next;
        asked.current.add(next);
        const state = await api.getKey(credential).catch(() => undefined);
        if (!state) {
          // The list itself is there. The next time that the row is looked at, its key is read again.
          asked.current.delete(next);
          continue;
        }
        const late = lateConsumers(state).map((one) => one.consumerId);
        setKnown((old) =>
          new Map(old).set(credentialPath(credential), { late, all: state.consumers.length }),
        );
      }
    };
    const timer = setTimeout(() => Array.from({ length: AT_ONCE }, work), STILL_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, visible[0], api]);
  return known;
}
