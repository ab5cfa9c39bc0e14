import type { ApiCredential } from './api-credential.ts';
import { hasHappened, issuedKeyOf, type RecordKeyEvent, storedVersionOf } from './key-events.ts';
import { LIFECYCLE } from './lifecycle.ts';
import type { AuditLog, Clock } from './ports.ts';
import type { Rotation, SucceededRotation } from './rotation.ts';
import { rotationBefore } from './rotation-before.ts';

/** How many failed rotations are passed over on the way to the one before them. */
const MAX_FAILED = 20;
/** A promotion that is younger (ms) may have been made after `AWSCURRENT` was read. */
const SETTLED_MS = 10 * 60_000;

/**
 * The rotation whose key was promoted last, if no later one has made a key or may have: so `AWSCURRENT` must be on its
 * version, unless an operator has moved it. Throws `Unavailable`.
 */
export async function findPromoted(
  audit: Pick<AuditLog, 'get'>,
  newest: Rotation | undefined,
): Promise<SucceededRotation | undefined> {
  let rotation = newest;
  for (let passed = 0; rotation?.status === 'failed' && passed < MAX_FAILED; passed += 1) {
    rotation = await rotationBefore(audit, rotation);
  }
  return rotation?.status === 'succeeded' && storedVersionOf(rotation) && hasHappened(rotation, 'promoted')
    ? rotation
    : undefined;
}

/**
 * Records that an operator went back to an earlier version, once for each key. Throws `Unavailable`.
 *
 * @param versionId of `AWSCURRENT`
 */
export type NoteRollback = (credential: ApiCredential, versionId: string) => Promise<void>;

export function createNoteRollback(deps: {
  audit: Pick<AuditLog, 'newest' | 'get'>;
  recordKeyEvent: RecordKeyEvent;
  now: Clock;
}): NoteRollback {
  const { audit, recordKeyEvent, now } = deps;

  return async (credential, versionId) => {
    const promoted = await findPromoted(audit, await audit.newest(credential));
    if (!promoted || storedVersionOf(promoted)?.versionId === versionId) return;
    if (hasHappened(promoted, 'rolled-back') || !isSettled(promoted)) return;
    await recordKeyEvent(issuedKeyOf(promoted), 'rolled-back', `AWSCURRENT is on version ${versionId}`);
  };

  function isSettled({ timeline }: SucceededRotation): boolean {
    const entry = timeline.findLast(({ event }) => event === LIFECYCLE.promoted.entry);
    return entry !== undefined && Date.parse(entry.at) + SETTLED_MS <= now();
  }
}
