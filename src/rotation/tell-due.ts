import type { ApiCredential } from './api-credential.ts';
import type { Window } from './check-keys.ts';
import { isDueSoon } from './key-state.ts';
import { lookAtEach } from './look-at-each.ts';
import type { Clock, FindByPlace, Log, Metrics, TellDue } from './ports.ts';
import type { KeyStates } from './read-key-state.ts';

export type DueResult = Readonly<{
  /** The keys that are due, or will be soon, and of which the bus was told. */
  told: number;
  /** The keys of which it could not be told whether they are due, or not told. The next day they come again. */
  failed: number;
  /** Whether time ran out before all were looked at. */
  isPartial: boolean;
}>;

/**
 * Makes the daily look at the ages of the keys in use. Each run looks at those whose turn it is, as the checks do, so that
 * each key has one moment of the day: nothing needs to be noted. It writes nothing.
 */
export function createTellDue(deps: {
  findByPlace: FindByPlace;
  states: Pick<KeyStates, 'readSummary'>;
  /** Puts the event on the bus. */
  tellDue: TellDue;
  maxAgeMs: number;
  now: Clock;
  log: Log;
  metrics: Pick<Metrics, 'countUnsentEvent'>;
}): (windows: readonly Window[], endsAt: number) => Promise<DueResult> {
  const { findByPlace, states, tellDue, maxAgeMs, now, log, metrics } = deps;

  return async (windows, endsAt) => {
    let told = 0;
    let failed = 0;
    const look = async (credential: ApiCredential) => {
      try {
        if (await tell(credential)) told += 1;
      } catch (error) {
        failed += 1;
        log.error('It cannot be told whether a key is due', { credential, error });
        metrics.countUnsentEvent();
      }
    };
    const seen = await lookAtEach({ findByPlace, now }, windows, endsAt, look);
    return { told, failed, isPartial: seen === 'some' };
  };

  async function tell(credential: ApiCredential): Promise<boolean> {
    const { keyInUse, dueAt } = (await states.readSummary(credential)) ?? {};
    if (dueAt === undefined || !isDueSoon(dueAt, now(), maxAgeMs)) return false;
    const { keyFingerprint, rotationId, issuedAt } = keyInUse ?? {};
    // A key that has a due date was made by a rotation.
    if (keyFingerprint === undefined || rotationId === undefined || issuedAt === undefined) return false;
    await tellDue({ credential, keyFingerprint, rotationId, issuedAt, dueAt });
    return true;
  }
}
