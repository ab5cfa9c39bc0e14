import type { ApiCredential } from './api-credential.ts';
import type { Window } from './check-keys.ts';
import type { KeyStateName } from './key-state-names.ts';
import { lookAtEach } from './look-at-each.ts';
import type { Clock, FindByPlace, Log, Metrics } from './ports.ts';
import type { KeyStates } from './read-key-state.ts';

export type CountResult = Readonly<{
  /** How many keys are in each state. */
  states: Readonly<Partial<Record<KeyStateName, number>>>;
  /** The keys whose state could not be read. */
  failed: number;
  /** Whether time ran out before all were counted. */
  isPartial: boolean;
}>;

/**
 * Makes the count of the keys by their state, with a managed secret or without one. Each run counts those whose turn it is,
 * as the checks do. It reads the audit alone and writes nothing. An API credential without a rotation has no state.
 */
export function createCountKeyStates(deps: {
  findByPlace: FindByPlace;
  states: Pick<KeyStates, 'readSummary'>;
  now: Clock;
  log: Log;
  metrics: Pick<Metrics, 'countKeyStates'>;
}): (windows: readonly Window[], endsAt: number) => Promise<CountResult> {
  const { states: keyStates, log, metrics } = deps;

  return async (windows, endsAt) => {
    const states: Partial<Record<KeyStateName, number>> = {};
    let failed = 0;
    const look = async (credential: ApiCredential) => {
      try {
        const state = (await keyStates.readSummary(credential))?.state;
        if (state) states[state] = (states[state] ?? 0) + 1;
      } catch (error) {
        failed += 1;
        log.error('The state of a key cannot be read', { credential, error });
      }
    };
    const seen = await lookAtEach(deps, windows, endsAt, look);
    // Its keys are those of the record's own type.
    for (const [state, count] of Object.entries(states)) metrics.countKeyStates(state as KeyStateName, count);
    return { states, failed, isPartial: seen === 'some' };
  };
}
