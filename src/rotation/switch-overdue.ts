import type { Announce, ClearOutbox } from './commit.ts';
import type { ConsumerLog } from './ports.ts';
import type { ClosedRotation } from './rotation.ts';

/** How many consumers of an API credential are read. */
const MAX_CONSUMERS = 1_000;

/**
 * Tells which consumers have not said that they use the key of a rotation, or a newer one, shortly before the previous key
 * ends. If there is none, there is no event. It throws `Unavailable`.
 */
export type WarnOfSwitch = (rotation: ClosedRotation) => Promise<'raised' | 'unsent' | undefined>;

export function createWarnOfSwitch(deps: {
  consumers: Pick<ConsumerLog, 'list'>;
  announce: Announce;
  clearOutbox: ClearOutbox;
}): WarnOfSwitch {
  const { consumers, announce, clearOutbox } = deps;

  return async (rotation) => {
    const late = (await consumers.list(rotation.credential, MAX_CONSUMERS)).filter(
      ({ rotationNumber }) => rotationNumber < rotation.number,
    );
    if (late.length > 0) return (await announce(rotation, late)) ? 'raised' : 'unsent';
    await clearOutbox(rotation);
    return undefined;
  };
}
