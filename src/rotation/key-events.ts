import type { AuditLog } from '../dynamodb/audit-log.ts';
import { anchorOf } from './anchor.ts';
import type { Announce } from './announce.ts';
import type { ApiCredential } from './api-credential.ts';
import type { EventName, SucceededRotation } from './rotation.ts';
import { append, newestSeal } from './seal.ts';

/** What can happen to an issued key after its rotation has ended, and the event that says so. */
const EVENTS = {
  verified: undefined,
  promoted: 'ApiKeyRotated',
  superseded: undefined,
  stalled: 'ApiKeyRotationStalled',
  displaced: 'ApiKeyDisplaced',
} as const satisfies Record<string, EventName | undefined>;

export type KeyEvent = keyof typeof EVENTS;

/** How often a note is tried that somebody else was faster than. */
const MAX_TRIES = 5;

/** Names one issued key. */
export type IssuedKey = Readonly<{ credential: ApiCredential; rotationId: string; number: number }>;

/**
 * Notes in the audit what has become of an issued key, and puts it on the bus. The same twice is noted once. It
 * throws `Unavailable` where the audit cannot be written.
 */
export type RecordKeyEvent = (
  issued: IssuedKey,
  event: KeyEvent,
  detail?: string,
) => Promise<SucceededRotation>;

export function createRecordKeyEvent(parts: {
  audit: AuditLog;
  announce: Announce;
  now: () => number;
  log: Readonly<Record<'info', (message: string, fields: Record<string, unknown>) => void>>;
  onNoted: (event: KeyEvent) => void;
}): RecordKeyEvent {
  const { audit, announce, now, log, onNoted } = parts;

  return async (issued, event, detail) => {
    let written: SucceededRotation | undefined;
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      const rotation = await readIssued(audit, issued);
      // Our own note, whose answer was lost: it counts like any other.
      if (written && newestSeal(written) === newestSeal(rotation)) return tell(written, event);
      if (hasHappened(rotation, event)) {
        // Whoever noted it may have been killed before it was on the bus.
        await announce(rotation);
        return rotation;
      }
      const noted = withOutbox(
        append(rotation, { at: isoNow(), event, ...(detail !== undefined && { detail }) }),
        event,
      );
      written = noted;
      if ((await audit.amend(noted, rotation)) === 'amended') return tell(noted, event);
    }
    throw new Error(`${event} can not be noted of rotation ${issued.rotationId}: others are always faster`);
  };

  async function tell(noted: SucceededRotation, event: KeyEvent): Promise<SucceededRotation> {
    log.info(event, { rotationId: noted.id, anchor: anchorOf(noted) });
    onNoted(event);
    await announce(noted);
    return noted;
  }

  function withOutbox({ outbox, ...rotation }: SucceededRotation, event: KeyEvent): SucceededRotation {
    const announced = EVENTS[event];
    if (announced) return { ...rotation, outbox: { event: announced, dueAt: isoNow() } };
    // What is superseded is not to be taken up again. Other news may still be on its way to the bus.
    const isObsolete = event === 'superseded' && outbox?.event === 'ApiKeyIssued';
    return outbox && !isObsolete ? { ...rotation, outbox } : rotation;
  }

  function isoNow(): string {
    return new Date(now()).toISOString();
  }
}

/** The rotation that has issued a key. Throws where the audit has no such thing. */
export async function readIssued(
  audit: Pick<AuditLog, 'get'>,
  { credential, number, rotationId }: IssuedKey,
): Promise<SucceededRotation> {
  const rotation = await audit.get(credential, number);
  if (rotation?.id !== rotationId || rotation.status !== 'succeeded' || !rotation.key) {
    throw new Error(`the audit knows of no key that rotation ${rotationId} has issued`);
  }
  return rotation;
}

/** Whether this has been noted of an issued key. */
export function hasHappened({ timeline }: SucceededRotation, event: KeyEvent): boolean {
  return timeline.some((entry) => entry.chain !== undefined && entry.event === event);
}
