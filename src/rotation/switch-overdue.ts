import type { Announce, ClearOutbox } from './commit.ts';
import type { Consumer } from './consumers.ts';
import { findIssuedKeys } from './issued-keys.ts';
import type { AuditLog, ConsumerLog } from './ports.ts';
import type { ClosedRotation } from './rotation.ts';

/** How many consumers of an API credential are read. */
const MAX_CONSUMERS = 1_000;

/**
 * Tells which consumers have not said that they use the key of a rotation, or a newer one, shortly before the previous key
 * ends. If there is none, there is no event. It throws `Unavailable`.
 */
export type WarnOfSwitch = (rotation: ClosedRotation) => Promise<'raised' | 'unsent' | undefined>;

export function createWarnOfSwitch(deps: {
  audit: Pick<AuditLog, 'newest' | 'get'>;
  consumers: Pick<ConsumerLog, 'list'>;
  announce: Announce;
  clearOutbox: ClearOutbox;
}): WarnOfSwitch {
  const { audit, consumers, announce, clearOutbox } = deps;

  return async (rotation) => {
    const late = await lateConsumers(rotation);
    if (late.length > 0) return (await announce(rotation, late)) ? 'raised' : 'unsent';
    await clearOutbox(rotation);
    return undefined;
  };

  async function lateConsumers({ credential, number }: ClosedRotation): Promise<Consumer[]> {
    const known = await consumers.list(credential, MAX_CONSUMERS);
    if (known.length === 0) return [];
    const newest = await audit.newest(credential);
    const keys = await findIssuedKeys(audit, newest, (issued) => issued.number <= number);
    const inTime = new Set(
      keys.filter((issued) => issued.number >= number).map(({ key }) => key.fingerprint),
    );
    return known.filter(({ keyFingerprint }) => !inTime.has(keyFingerprint));
  }
}
