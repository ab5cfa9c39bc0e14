import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiCredential, credentialPath } from '../rotation/api-credential.ts';
import { DEFAULT_RETRY_AFTER_S, isTemporary } from '../rotation/failure-codes.ts';
import { idempotencyHash } from '../rotation/idempotency.ts';
import type { AuditLog } from '../rotation/ports.ts';
import type { Rotation } from '../rotation/rotation.ts';

const POLL_MS = 500;
/** An event that has not started a rotation by then will hardly do so (ms). */
const PATIENCE_MS = 60_000;

/** What is printed of each step, and what it means. */
const MEANINGS: Readonly<Record<string, string>> = {
  started: 'the audit knows of it; Adyen is being asked',
  succeeded: 'Adyen has made a new key',
  failed: 'no key was made',
  unknown: 'nobody knows whether a key was made; it is tried again after the quarantine',
  verified: 'the new key works',
  promoted: 'the new key is AWSCURRENT',
  superseded: 'a newer key has taken its place',
  stalled: 'the new key never worked; the key before is still current',
  displaced: 'the key does not work any more; it is replaced',
};

/**
 * Prints what becomes of an event, step by step as the audit tells it, until its key is current or will not be.
 *
 * @returns whether the new key is current
 */
export async function followRotation(parts: {
  audit: AuditLog;
  credential: ApiCredential;
  source: string;
  eventId: string;
  print: (line: string) => void;
}): Promise<boolean> {
  const { audit, credential, source, eventId, print } = parts;
  const hash = idempotencyHash({ source: 'event', subject: source }, eventId);
  const raisedAt = Date.now();
  const printed = new Set<string>();
  const step = (at: string, event: string, text: string) =>
    print(`${at.slice(11, 19)}  ${event.padEnd(10)}  ${text}`);

  step(new Date().toISOString(), 'raised', `event ${eventId} for ${credentialPath(credential)}`);
  for (;;) {
    const rotation = await audit.findByIdempotencyHash(credential, hash);
    if (rotation) {
      tell(rotation);
      const end = endOf(rotation);
      if (end !== undefined) return end;
    } else if (Date.now() - raisedAt > PATIENCE_MS) {
      print(`No rotation has started for this event. ${refusedBecause(await audit.newest(credential))}`);
      return false;
    }
    await sleep(POLL_MS);
  }

  function tell(rotation: Rotation): void {
    for (const entry of rotation.timeline) {
      const key = `${rotation.id} ${entry.at} ${entry.event}`;
      if (printed.has(key)) continue;
      printed.add(key);
      const more = entry.detail === undefined ? '' : ` (${entry.detail})`;
      step(entry.at, entry.event, `${MEANINGS[entry.event] ?? ''}${more}`);
      const aside = asideOf(entry.event, rotation);
      if (aside) print(`${' '.repeat(22)}${aside}`);
    }
  }
}

/** What a person wants to know besides. */
function asideOf(event: string, rotation: Rotation): string | undefined {
  if (event === 'started') return `rotation ${rotation.id}, the credential's number ${rotation.number}`;
  if (rotation.status !== 'succeeded' || !rotation.key) return undefined;
  const { fingerprint, usableFrom, previousKeyExpiresAt } = rotation.key;
  if (event === 'succeeded') return `${fingerprint}; it may be usable from ${usableFrom}`;
  if (event === 'promoted') return `the key before works until ${previousKeyExpiresAt}`;
  return undefined;
}

/** Whether the new key is current, or `undefined` while that is open. */
function endOf(rotation: Rotation): boolean | undefined {
  if (rotation.status === 'failed') {
    const { code, completedAt, retryAfter = DEFAULT_RETRY_AFTER_S } = rotation;
    const triedAgain = Date.parse(completedAt) + retryAfter * 1000;
    return isTemporary(code) && triedAgain + PATIENCE_MS > Date.now() ? undefined : false;
  }
  if (rotation.status === 'unknown') {
    return Date.parse(rotation.quarantinedUntil) + PATIENCE_MS < Date.now() ? false : undefined;
  }
  const has = (event: string) => rotation.timeline.some((entry) => entry.event === event);
  if (has('promoted')) return true;
  const isOver = has('stalled') || has('superseded') || (rotation.status === 'succeeded' && !rotation.key);
  return isOver ? false : undefined;
}

function refusedBecause(newest: Rotation | undefined): string {
  if (!newest) return 'Its source may have no grant: see the log of the workflow and the dead-letter queue.';
  return (
    `The newest rotation of this API credential is ${newest.id}, ${newest.status} since ` +
    `${newest.timeline.at(-1)?.at}: the key before may still be in use. See the log of the workflow.`
  );
}
