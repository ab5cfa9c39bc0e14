import { ManagedSecretError } from '../managed-secret-error.ts';
import type { Log, ManagedSecret, SecretDescription } from '../ports.ts';
import { type Check, failed, passed, skipped, skippedAfter } from './check.ts';

/** Whether a new key could be stored and promoted: as far as reading the managed secret tells. */
export type CheckManagedSecret = (secret: ManagedSecret | undefined, force: boolean) => Promise<Check[]>;

export function createCheckManagedSecret({ log }: { log: Log }): CheckManagedSecret {
  return async (secret, force) => {
    if (!secret) {
      const detail =
        'The API credential has no managed secret. Only the caller of a rotation gets the new key.';
      return [skipped('managed-secret', detail), skipped('pending-key', detail)];
    }
    try {
      const [description, current] = await Promise.all([secret.describe(), secret.readCurrent()]);
      const detail = current
        ? 'The managed secret can be read, and holds a key. A rotation also writes to it, which a dry run does not try.'
        : 'The managed secret exists, and its current version holds no key. A rotation would store one. A managed key must be put there by hand once: an app that reads the secret now gets nothing.';
      return [passed('managed-secret', detail), checkPending(description, force)];
    } catch (error) {
      if (!(error instanceof ManagedSecretError)) throw error;
      log.error('A dry run cannot read the managed secret', { error });
      const cause = error.isMissing ? 'does not exist' : 'cannot be read';
      const detail = `The managed secret ${cause}. The caller of a rotation would get a key that is not stored, and the app would go on with a key that ends in 24 hours. The owner of Keyturn must check the secret and Keyturn's access to it.`;
      return [
        failed('managed-secret', detail, 'managed-secret-unavailable'),
        ...skippedAfter('managed-secret', ['pending-key']),
      ];
    }
  };
}

function checkPending(description: SecretDescription, force: boolean): Check {
  const versionId = pendingVersionOf(description);
  if (versionId === undefined) return passed('pending-key', 'No other key waits to be promoted.');
  if (force) {
    const detail = `Version ${versionId} waits to be promoted. A forced rotation takes its place.`;
    return passed('pending-key', detail);
  }
  const detail = `Version ${versionId} waits to be promoted. A rotation would take its place before the app has used it. Wait until it is promoted.`;
  return failed('pending-key', detail);
}

/** The label stays on a version that was current once: such a version does not wait. */
function pendingVersionOf({ stagesOf, versionOf }: SecretDescription): string | undefined {
  const versionId = versionOf('AWSPENDING');
  const stages = versionId === undefined ? [] : (stagesOf(versionId) ?? []);
  return stages.includes('AWSCURRENT') || stages.includes('AWSPREVIOUS') ? undefined : versionId;
}
