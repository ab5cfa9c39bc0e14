import { isTemporary } from '../../rotation/failure-codes.ts';
import type { Rotation } from '../../rotation/rotation.ts';

/** The states of one API credential of a campaign, in the order in which a screen lists them. */
export const STATES = [
  'current',
  'verifying',
  'rotating',
  'retrying',
  'raised',
  'waiting',
  'superseded',
  'stalled',
  'failed',
  'not started',
] as const;

export type State = (typeof STATES)[number];

/** Nothing that the campaign waits for comes after these. */
const FINAL: readonly State[] = ['current', 'superseded', 'stalled', 'failed', 'not started'];

/** For how long the workflow tries one event again (ms): see `PATIENCE_MS` of issue-key.ts. */
const RETRIED_MS = 3 * 24 * 60 * 60 * 1000;

/** One API credential of a campaign. */
export type Standing = Readonly<{ state: State; detail?: string }>;

/** Whether the state can still change. */
export function isFinal({ state }: Standing): boolean {
  return FINAL.includes(state);
}

/**
 * How far the campaign's rotation of an API credential has come.
 *
 * @param now ms since the epoch
 */
export function standingOf(rotation: Rotation, now: number): Standing {
  switch (rotation.status) {
    case 'started':
      return { state: 'rotating' };
    case 'failed':
      return isTemporary(rotation.code)
        ? triedAgain(rotation, rotation.code, now)
        : { state: 'failed', detail: rotation.code };
    case 'unknown':
      return triedAgain(rotation, rotation.code ?? 'the function was ended', now);
    case 'succeeded':
      return rotation.key ? ofStoredKey(rotation) : triedAgain(rotation, 'Adyen gave no key', now);
  }
}

function triedAgain({ requestedAt }: Rotation, detail: string, now: number): Standing {
  return { state: Date.parse(requestedAt) + RETRIED_MS > now ? 'retrying' : 'failed', detail };
}

function ofStoredKey({ timeline }: Rotation): Standing {
  const has = (name: string) => timeline.some(({ event }) => event === name);
  if (has('promoted')) return { state: 'current' };
  if (has('superseded')) return { state: 'superseded', detail: 'a newer key took its place' };
  if (has('stalled')) return { state: 'stalled', detail: 'the new key does not work yet; Keyturn goes on' };
  return { state: 'verifying' };
}
