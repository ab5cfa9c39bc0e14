import type { ApiCredential } from './api-credential.ts';
import type { Announce, Commit } from './commit.ts';
import { type KeyEvent, LIFECYCLE } from './lifecycle.ts';
import type { AuditLog, Clock } from './ports.ts';
import type { KeptKey, Rotation, SucceededRotation } from './rotation.ts';
import { append } from './seal.ts';
import { toTimestamp } from './timestamp.ts';

/** How often to try a write that another one was faster than. */
const MAX_TRIES = 5;

type StoredVersion = Exclude<KeptKey, { error: string }>;

/** Names one issued key. */
export type IssuedKey = Readonly<{ credential: ApiCredential; rotationId: string; number: number }>;

export function issuedKeyOf({ id, credential, number }: SucceededRotation): IssuedKey {
  return { credential, rotationId: id, number };
}

/**
 * Records what became of an issued key, and tells of it. The same event twice is recorded once. Throws `Unavailable` if
 * the audit cannot be written.
 */
export type RecordKeyEvent = (issued: IssuedKey, event: KeyEvent, detail?: string) => Promise<void>;

export function createRecordKeyEvent(deps: {
  audit: Pick<AuditLog, 'get'>;
  commit: Commit;
  announce: Announce;
  now: Clock;
}): RecordKeyEvent {
  const { audit, commit, announce, now } = deps;

  return async (issued, event, detail) => {
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      const before = await readIssued(audit, issued);
      if (hasHappened(before, event)) {
        // The function that recorded it may have been killed before it was on the bus.
        await announce(before);
        return;
      }
      const entry = {
        at: toTimestamp(now()),
        event: LIFECYCLE[event].entry,
        ...(detail !== undefined && { detail }),
      };
      const change = { event, rotation: append(before, entry), before };
      if ((await commit(change)) === 'written') return;
    }
    throw new Error(
      `gave up recording ${event} for rotation ${issued.rotationId} after ${MAX_TRIES} conflicting writes`,
    );
  };
}

/** The rotation that issued a key. Throws an error if the audit has no such rotation. */
export async function readIssued(
  audit: Pick<AuditLog, 'get'>,
  { credential, number, rotationId }: IssuedKey,
): Promise<SucceededRotation> {
  const rotation = await audit.get(credential, number);
  if (rotation?.id !== rotationId || rotation.status !== 'succeeded' || !rotation.key) {
    throw new Error(`the audit has no key that rotation ${rotationId} issued`);
  }
  return rotation;
}

/** The version of the managed secret that has a rotation's key; `undefined` if none has it. */
export function storedVersionOf(rotation: Rotation): StoredVersion | undefined {
  if (rotation.status !== 'succeeded' || !rotation.key) return undefined;
  const { secret } = rotation;
  return secret && !('error' in secret) ? secret : undefined;
}

/** Whether the managed secret could not store the key of a rotation. */
export function isNotStored({ secret }: SucceededRotation): boolean {
  return secret !== undefined && 'error' in secret;
}

/** Whether this event has been recorded of an issued key. */
export function hasHappened({ timeline }: SucceededRotation, event: KeyEvent): boolean {
  return timeline.some((entry) => entry.chain !== undefined && entry.event === LIFECYCLE[event].entry);
}
