import { KEY_LIFE_MS, type KeyInUse, keyInUseRetiredAt, lateRetirementOf } from './carry.ts';
import { storedVersionOf } from './key-events.ts';
import type { AuditLog, ManagedSecret } from './ports.ts';
import type { Rotation } from './rotation.ts';
import { rotationBefore } from './rotation-before.ts';

/** How many rotations are searched for the key in use. The newest one or two know it, unless an operator went far back. */
const MAX_SEARCHED = 20;

/**
 * The key in use before the rotation that follows `newest`. The managed secret says which key that is, since operators move
 * `AWSCURRENT` too. Throws `ManagedSecretError` and `Unavailable`.
 */
export async function findKeyInUse(
  audit: Pick<AuditLog, 'get'>,
  newest: Rotation | undefined,
  secret: ManagedSecret | undefined,
): Promise<KeyInUse> {
  const versionId = (await secret?.describe())?.versionOf('AWSCURRENT');
  if (!newest) return { versionId };
  if (versionId === undefined) return { retiredAt: keyInUseRetiredAt(newest) };
  return { versionId, retiredAt: await findRetirement(audit, newest, versionId) };
}

/**
 * A bound for {@link findKeyInUse} while the managed secret cannot be read: the key in use may be any earlier one that
 * still works. Throws `Unavailable`.
 *
 * @param now ms since the epoch
 */
export async function keyInUseAtWorst(
  audit: Pick<AuditLog, 'get'>,
  newest: Rotation | undefined,
  now: number,
): Promise<KeyInUse> {
  let retiredAt: string | undefined;
  let rotation = newest;
  for (let searched = 1; rotation && searched <= MAX_SEARCHED; searched += 1) {
    const { requestedAt, keyInUseRetiredAt: carried = requestedAt } = rotation;
    // A key that was retired before this has ended.
    if (Date.parse(requestedAt) + KEY_LIFE_MS <= now) break;
    retiredAt = retiredAt !== undefined && retiredAt < carried ? retiredAt : carried;
    rotation = await rotationBefore(audit, rotation);
  }
  return { retiredAt: retiredAt ?? newest?.keyInUseRetiredAt ?? newest?.requestedAt };
}

/**
 * When a call may have started the last 24 hours of the key in this version of the managed secret. Throws `Unavailable`.
 */
export async function findRetirement(
  audit: Pick<AuditLog, 'get'>,
  newest: Rotation,
  versionId: string,
): Promise<string | undefined> {
  let retiredAt: string | undefined;
  let rotation: Rotation | undefined = newest;
  for (let searched = 1; rotation; searched += 1) {
    if (storedVersionOf(rotation)?.versionId === versionId) return lateRetirementOf(rotation) ?? retiredAt;
    if (rotation.status !== 'failed') retiredAt = rotation.requestedAt;
    if (rotation.keyInUseVersionId === versionId || searched === MAX_SEARCHED) {
      return rotation.keyInUseRetiredAt ?? retiredAt;
    }
    rotation = await rotationBefore(audit, rotation);
  }
  return retiredAt;
}
