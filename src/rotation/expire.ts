import type { ApiCredential } from './api-credential.ts';
import { abandon, type Closing, recover } from './close-with.ts';
import type { Commit } from './commit.ts';
import type { AuditLog, Clock, ManagedSecret, ManagedSecretOf, Written } from './ports.ts';
import type { ClosedRotation, Rotation, StartedRotation } from './rotation.ts';
import { type ClosingRules, isPastLease } from './rules.ts';

/**
 * Ends a rotation whose function is gone. A key that is in its managed secret is not lost; without one, it is unknown
 * whether a key was made. Throws `ManagedSecretError` and `Unavailable`.
 *
 * @param detail for the timeline
 */
export type Expire = (
  started: StartedRotation,
  detail?: string,
) => Promise<Readonly<{ rotation: ClosedRotation; written: Written }>>;

export function createExpire(deps: {
  managedSecretOf: ManagedSecretOf;
  commit: Commit;
  rules: ClosingRules;
  now: Clock;
}): Expire {
  const { managedSecretOf, commit, rules, now } = deps;
  return async (started, detail) => {
    const secret = managedSecretOf(started.credential);
    const closing = await closeExpired(started, secret, now(), rules, detail);
    const written = await commit({ ...closing, hasManagedSecret: secret !== undefined });
    return { rotation: closing.rotation, written };
  };
}

/** What {@link Expire} would write. Throws `ManagedSecretError`. */
export async function closeExpired(
  started: StartedRotation,
  secret: ManagedSecret | undefined,
  now: number,
  rules: ClosingRules,
  detail?: string,
): Promise<Closing> {
  const stored = await secret?.read(started.secretVersionId ?? started.id);
  return stored ? recover(started, stored, now, rules) : abandon(started, now, rules, detail);
}

/** The credential's newest rotation, ended first if it is past its lease. Throws as {@link Expire}. */
export type ReadNewest = (credential: ApiCredential) => Promise<Rotation | undefined>;

export function createReadNewest(deps: {
  audit: Pick<AuditLog, 'newest'>;
  expire: Expire;
  now: Clock;
}): ReadNewest {
  const { audit, expire, now } = deps;
  return async (credential) => {
    const newest = await audit.newest(credential);
    if (newest?.status !== 'started' || !isPastLease(newest, now())) return newest;
    const { rotation, written } = await expire(newest);
    return written === 'lost' ? audit.newest(credential) : rotation;
  };
}
