import type { ApiCredential } from './api-credential.ts';
import { keyInUseRetiredAt } from './carry.ts';
import { findIssuedKeys, type IssuedRotation } from './issued-keys.ts';
import { storedVersionOf } from './key-events.ts';
import { findRetirement } from './key-in-use.ts';
import { type KeyRecords, type Labels, labelsByRecords, type StateRules, stateOf } from './key-state.ts';
import type { KeyState, KeyStateSummary } from './key-state-schema.ts';
import { ManagedSecretError } from './managed-secret-error.ts';
import type { AuditLog, Clock, ConsumerLog, ManagedSecret, ManagedSecretOf } from './ports.ts';
import { present } from './present.ts';
import type { Rotation } from './rotation.ts';

/** How many consumers a state shows. */
const MAX_CONSUMERS = 100;

export type KeyStates = Readonly<{
  /** The state of one API credential's key; `undefined` if Keyturn knows nothing of it. Throws `Unavailable`. */
  read(credential: ApiCredential): Promise<KeyState | undefined>;
  /**
   * Its short form, from the audit alone: a rollback is known once a check has seen it. `undefined` if there is no record.
   * Throws `Unavailable`.
   */
  readSummary(credential: ApiCredential): Promise<KeyStateSummary | undefined>;
}>;

/**
 * Makes the reads of the states of keys. They write nothing: a rotation that is past its lease is told as what it will
 * become.
 */
export function createKeyStates(deps: {
  audit: Pick<AuditLog, 'newest' | 'get'>;
  consumers: Pick<ConsumerLog, 'list'>;
  managedSecretOf: ManagedSecretOf;
  rules: StateRules;
  now: Clock;
}): KeyStates {
  const { audit, consumers, managedSecretOf, rules, now } = deps;

  return {
    async read(credential) {
      const secret = managedSecretOf(credential);
      const [newest, managedSecret, known] = await Promise.all([
        audit.newest(credential),
        secret && describe(secret),
        consumers.list(credential, MAX_CONSUMERS + 1),
      ]);
      if (!newest && !managedSecret?.current) return undefined;
      const labels = managedSecret && !managedSecret.error ? managedSecret : undefined;
      const records = await readRecords(newest, secret !== undefined, labels);
      const shown = known.slice(0, MAX_CONSUMERS);
      return {
        ...stateOf(credential, records, records.labels, shown, now(), rules),
        ...(known.length > shown.length && { hasMoreConsumers: true as const }),
        ...(managedSecret && { managedSecret }),
      };
    },

    async readSummary(credential) {
      const newest = await audit.newest(credential);
      if (!newest) return undefined;
      const records = await readRecords(newest, managedSecretOf(credential) !== undefined);
      const {
        consumers: _consumers,
        lastCheck: _lastCheck,
        ...summary
      } = stateOf(credential, records, records.labels, [], now(), rules);
      return summary;
    },
  };

  /** @param known the labels, if the managed secret was read: otherwise the audit says which version is current */
  async function readRecords(
    newest: Rotation | undefined,
    isManaged: boolean,
    known?: Labels,
  ): Promise<KeyRecords & Readonly<{ labels: Labels | undefined }>> {
    const isInUse = (issued: IssuedRotation) =>
      isManaged
        ? storedVersionOf(issued)?.versionId === currentOf(newest, issued, known)
        : Date.parse(issued.key.usableFrom) <= now();
    const keys = await findIssuedKeys(audit, newest, isInUse);
    const labels = isManaged ? (known ?? labelsByRecords({ newest, keys })) : undefined;
    return { newest, keys, labels, retiredAt: await retirementOf(newest, labels) };
  }

  async function retirementOf(newest: Rotation | undefined, labels: Labels | undefined) {
    if (!newest) return undefined;
    if (labels?.current === undefined) return keyInUseRetiredAt(newest);
    return findRetirement(audit, newest, labels.current);
  }
}

/** The version of the key in use, once the newest issued key was read. */
function currentOf(newest: Rotation | undefined, top: IssuedRotation, known: Labels | undefined) {
  return (known ?? labelsByRecords({ newest, keys: [top] })).current;
}

async function describe(secret: ManagedSecret): Promise<NonNullable<KeyState['managedSecret']>> {
  const { id } = secret;
  try {
    const { arn, versionOf } = await secret.describe();
    const [current, pending, previous] = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'].map(versionOf);
    return present({ id, arn, current, pending, previous });
  } catch (error) {
    if (!(error instanceof ManagedSecretError)) throw error;
    return { id, error: 'unreadable' };
  }
}
