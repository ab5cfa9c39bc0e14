import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiCredential, credentialPath } from '../rotation/api-credential.ts';
import { DEFAULT_RETRY_AFTER_S, isTemporary } from '../rotation/failure-codes.ts';
import { idempotencyHash } from '../rotation/idempotency.ts';
import type { AuditLog } from '../rotation/ports.ts';
import type { Rotation } from '../rotation/rotation.ts';
import { describeEntry } from './describe-entry.ts';

const POLL_MS = 500;
/** How long to wait for a rotation that should have started by now (ms). */
const PATIENCE_MS = 60_000;

/**
 * Prints each entry of the timeline of an event's rotation as it is added, until the outcome is certain.
 *
 * @returns whether the new key is current
 */
export async function followRotation(event: {
  audit: Pick<AuditLog, 'findByIdempotencyHash' | 'newest'>;
  credential: ApiCredential;
  source: string;
  eventId: string;
  print: (line: string) => void;
}): Promise<boolean> {
  const { audit, credential, source, eventId, print } = event;
  const hash = idempotencyHash({ source: 'event', subject: source }, eventId);
  const raisedAt = Date.now();
  const printed = new Set<string>();

  print(stepLine(new Date().toISOString(), 'raised', `event ${eventId} for ${credentialPath(credential)}`));
  for (;;) {
    const rotation = await audit.findByIdempotencyHash(credential, hash);
    if (rotation) {
      printNewEntries(rotation);
      const isCurrent = outcomeOf(rotation);
      if (isCurrent === false && isTriedAgain(rotation)) {
        print('The workflow tries again, for up to three days. This command no longer follows it.');
      }
      if (isCurrent !== undefined) return isCurrent;
    } else if (Date.now() - raisedAt > PATIENCE_MS) {
      print(`No rotation has started for this event. ${whyNot(await audit.newest(credential))}`);
      return false;
    }
    await sleep(POLL_MS);
  }

  function printNewEntries(rotation: Rotation): void {
    for (const entry of rotation.timeline) {
      const key = `${rotation.id} ${entry.at} ${entry.event}`;
      if (printed.has(key)) continue;
      printed.add(key);
      const [text, more] = describeEntry(entry, rotation);
      print(stepLine(entry.at, entry.event, text));
      if (more !== undefined) print(`${' '.repeat(22)}${more}`);
    }
  }
}

function stepLine(at: string, event: string, text: string): string {
  return `${at.slice(11, 19)}  ${event.padEnd(10)}  ${text}`;
}

/** Whether the new key is current, or `undefined` while that can still change. */
function outcomeOf(rotation: Rotation): boolean | undefined {
  if (rotation.status === 'failed') {
    const { code, completedAt, retryAfter = DEFAULT_RETRY_AFTER_S } = rotation;
    const retriedAt = Date.parse(completedAt) + retryAfter * 1000;
    return isTemporary(code) && retriedAt + PATIENCE_MS > Date.now() ? undefined : false;
  }
  if (rotation.status === 'unknown') {
    return Date.parse(rotation.quarantinedUntil) + PATIENCE_MS < Date.now() ? false : undefined;
  }
  const has = (event: string) => rotation.timeline.some((entry) => entry.event === event);
  if (has('promoted')) return true;
  const isOver = has('stalled') || has('superseded') || (rotation.status === 'succeeded' && !rotation.key);
  return isOver ? false : undefined;
}

/** Whether the workflow makes another key for the event, later than this command waits. */
function isTriedAgain(rotation: Rotation): boolean {
  if (rotation.status === 'failed') return isTemporary(rotation.code);
  return rotation.status === 'unknown' || (rotation.status === 'succeeded' && !rotation.key);
}

/** Why an event may have started no rotation. */
function whyNot(newest: Rotation | undefined): string {
  if (!newest) return 'Its source may have no grant: see the log of the workflow and the dead-letter queue.';
  return (
    `The newest rotation of this API credential is ${newest.id}, ${newest.status} since ` +
    `${newest.timeline.at(-1)?.at}: the previous key may still be in use. See the log of the workflow.`
  );
}
