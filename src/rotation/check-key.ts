import type { ApiCredential } from './api-credential.ts';
import { fingerprint } from './api-key.ts';
import { probeForDeath } from './dead-key.ts';
import type { Clock, Log, ManagedSecret, Probe, ReportDeadKey } from './ports.ts';
import type { NoteRollback } from './rollback.ts';

/** Between two probes of a key, and between two tries of a check (ms). */
export const AGAIN_MS = 5_000;
/** Kept back (ms), so that a check that was begun can be finished before the function is ended. */
const RESERVE_MS = 20_000;

/** What a check has seen of the key in use. `no-key`: the managed secret has none, so that nothing was probed. */
export type SeenKey =
  | Readonly<{ kind: 'no-key' }>
  | Readonly<{
      kind: 'works' | 'dead' | 'unclear';
      /** What Adyen answered last, for people. */
      seen: string;
      versionId: string;
      keyFingerprint: string;
    }>;

/** The check of one key in use, in two parts: the scheduled check and a caller treat an error of the second differently. */
export type CheckKey = Readonly<{
  /** Probes the key in use. Throws `ManagedSecretError`. `endsAt`: of the invocation (ms since the epoch). */
  look(credential: ApiCredential, secret: ManagedSecret, endsAt: number): Promise<SeenKey>;
  /**
   * Has the workflow replace a dead key, and records a rollback to one that works. Nothing else is written. It may throw
   * what AWS throws.
   */
  act(credential: ApiCredential, seen: SeenKey): Promise<void>;
}>;

/** Whether there is time for another probe, or for another check. */
export function hasTime(now: number, endsAt: number): boolean {
  return now <= endsAt - RESERVE_MS;
}

export function createCheckKey(deps: {
  probe: Probe;
  reportDeadKey: ReportDeadKey;
  noteRollback: NoteRollback;
  now: Clock;
  sleep: (ms: number) => Promise<unknown>;
  log: Log;
}): CheckKey {
  const { probe, reportDeadKey, noteRollback, now, sleep, log } = deps;
  return {
    async look(credential, secret, endsAt) {
      const current = await secret.readCurrent();
      if (!current) return { kind: 'no-key' };
      const { versionId, apiKey } = current;
      const { kind, seen } = await probeForDeath(
        () => probe(credential, apiKey),
        () => sleep(AGAIN_MS),
        () => hasTime(now(), endsAt),
      );
      if (kind === 'dead') log.error('The key in use is dead', { credential, versionId, seen });
      return { kind, seen, versionId, keyFingerprint: fingerprint(apiKey) };
    },

    async act(credential, seen) {
      if (seen.kind === 'works') await noteRollback(credential, seen.versionId);
      if (seen.kind !== 'dead') return;
      await reportDeadKey({ credential, versionId: seen.versionId, seen: seen.seen });
    },
  };
}
