import { lastKeyOf } from './carry.ts';
import type { AuditLog } from './ports.ts';
import type { Rotation, SucceededRotation } from './rotation.ts';

/** How many keys are read at most. The newest one or two are enough, unless an operator went far back. */
const MAX_KEYS = 5;

/** A rotation that has issued a key. */
export type IssuedRotation = SucceededRotation & Readonly<{ key: NonNullable<SucceededRotation['key']> }>;

/**
 * The rotations that have issued the newest keys of an API credential, newest first, up to the wanted one. A record
 * knows the number of the previous key's rotation, so that the rotations between two keys are not read. Throws `Unavailable`.
 */
export async function findIssuedKeys(
  audit: Pick<AuditLog, 'get'>,
  newest: Rotation | undefined,
  isWanted: (issued: IssuedRotation) => boolean,
): Promise<IssuedRotation[]> {
  const found: IssuedRotation[] = [];
  let rotation = newest;
  while (rotation && found.length < MAX_KEYS) {
    if (isIssued(rotation)) {
      found.push(rotation);
      if (isWanted(rotation)) break;
    }
    const before = isIssued(rotation) ? rotation.lastKeyNumber : lastKeyOf(rotation).number;
    // Its record may have expired.
    rotation = before === undefined ? undefined : await audit.get(rotation.credential, before);
  }
  return found;
}

function isIssued(rotation: Rotation): rotation is IssuedRotation {
  return rotation.status === 'succeeded' && rotation.key !== undefined;
}
