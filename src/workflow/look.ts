import type { ApiCredential } from '../rotation/api-credential.ts';
import { lastKeyOf } from '../rotation/carry.ts';
import { isInUseDead } from '../rotation/dead-key.ts';
import type { AuditLog, CurrentKey, ManagedSecretOf, Probe, ProbeResult } from '../rotation/ports.ts';
import type { StoredIssue } from './issue-key.ts';
import { requireSecret } from './require-secret.ts';

/** Between two looks (ms), and the longest that this grows to. */
export const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** The pause after this one (ms). */
export function longerPause(pause: number): number {
  return Math.min(pause * 2, LONGEST_PAUSE_MS);
}

/** What the managed secret and Adyen say of an issued key. */
export type Look =
  | ProbeResult
  /** The app reads this key now. */
  | Readonly<{ kind: 'current'; seen: string }>
  /** A newer version is pending or current instead. */
  | Readonly<{ kind: 'superseded'; seen: string }>;

export type Looks = Readonly<{
  /** Looks at a version that is to become current. Throws `ManagedSecretError` and `Unavailable`. */
  atPending(issued: StoredIssue): Promise<Look>;
  /** Looks at the key of a version, wherever its labels are. Throws `ManagedSecretError`. */
  atVersion(credential: ApiCredential, versionId: string): Promise<ProbeResult>;
  /** Whether no later rotation has made a key. Throws `Unavailable`. */
  isNewest(issued: StoredIssue): Promise<boolean>;
  /** Looks at the key that the app reads. Throws `ManagedSecretError`. */
  atCurrent(
    credential: ApiCredential,
  ): Promise<Readonly<{ current: CurrentKey | undefined; result: ProbeResult }>>;
  /** Whether the key that the app reads is seen dead. Throws `ManagedSecretError`. */
  isCurrentDead(credential: ApiCredential): Promise<boolean>;
}>;

/** Makes the looks at the two keys that a rotation is about. */
export function createLooks(deps: {
  audit: Pick<AuditLog, 'newest'>;
  managedSecretOf: ManagedSecretOf;
  probe: Probe;
}): Looks {
  const { audit, managedSecretOf, probe } = deps;

  return {
    async atPending(issued) {
      const { credential, versionId } = issued;
      const secret = requireSecret(managedSecretOf, credential);
      const { stagesOf } = await secret.describe();
      const stages = stagesOf(versionId);
      if (stages?.includes('AWSCURRENT')) return { kind: 'current', seen: 'it is AWSCURRENT' };
      // A write of an earlier rotation that arrives late takes the label too.
      if (!stages?.includes('AWSPENDING') && !(await isNewest(issued))) {
        return { kind: 'superseded', seen: 'a newer key has taken its place' };
      }
      if (stages?.includes('AWSPREVIOUS')) return { kind: 'superseded', seen: 'it was current before' };
      return atVersion(credential, versionId);
    },

    atVersion,

    async atCurrent(credential) {
      const current = await requireSecret(managedSecretOf, credential).readCurrent();
      const result: ProbeResult = current
        ? await probe(credential, current.apiKey)
        : { kind: 'unclear', seen: 'the managed secret has no current key' };
      return { current, result };
    },

    isCurrentDead: (credential) => isInUseDead(credential, requireSecret(managedSecretOf, credential), probe),

    isNewest,
  };

  async function atVersion(credential: ApiCredential, versionId: string): Promise<ProbeResult> {
    const stored = await requireSecret(managedSecretOf, credential).read(versionId);
    if (!stored) return { kind: 'unclear', seen: 'the managed secret has no such version' };
    return probe(credential, stored.apiKey);
  }

  async function isNewest({ credential, number }: StoredIssue): Promise<boolean> {
    const newest = await audit.newest(credential);
    return !newest || lastKeyOf(newest).number === number;
  }
}
