import type { ManagedSecretOf } from '../secrets-manager/managed-secret.ts';
import { abandon, recover } from './close-with.ts';
import type { ClosedRotation, StartedRotation } from './rotation.ts';
import type { Retention, RotationRules } from './rules.ts';

/**
 * How a rotation ends whose function is gone. A key that is in its managed secret is not lost; where there is none,
 * nobody knows whether one was made. Throws `ManagedSecretError`.
 *
 * @param versionId the secret's version, where it is not the rotation's id
 */
export type EndAbandoned = (
  started: StartedRotation,
  detail?: string,
  versionId?: string,
) => Promise<ClosedRotation>;

export function createEndAbandoned(parts: {
  managedSecretOf: ManagedSecretOf;
  rules: Pick<RotationRules, 'quarantineMs' | 'propagationMs'> & Retention;
  now: () => number;
}): EndAbandoned {
  const { managedSecretOf, rules, now } = parts;
  return async (started, detail, versionId = started.id) => {
    const stored = await managedSecretOf(started.credential)?.read(versionId);
    return stored ? recover(started, stored, now(), rules) : abandon(started, now(), rules, detail);
  };
}
