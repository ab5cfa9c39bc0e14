import { KEY_STATE_NAMES } from '../../../rotation/key-state-names.ts';
import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';

/**
 * Keys, the most urgent first: by state, then by the time that is left, then the newest rotation first.
 */
export function byUrgency(keys: readonly KeyStateSummary[]): KeyStateSummary[] {
  return keys
    .map((key) => ({
      key,
      rank: KEY_STATE_NAMES.indexOf(key.state),
      left: deadlineOf(key),
      last: lastOf(key),
    }))
    .sort((one, other) => one.rank - other.rank || one.left - other.left || other.last - one.last)
    .map(({ key }) => key);
}

/** What the state waits for, or what comes next. */
function deadlineOf({
  state,
  quarantine,
  keyInUse,
  previousKeyExpiresAt,
  overlap,
  dueAt,
}: KeyStateSummary): number {
  const text =
    state === 'quarantined'
      ? quarantine?.until
      : state === 'due' || state === 'ok'
        ? dueAt
        : (keyInUse?.endsAt ?? previousKeyExpiresAt ?? overlap?.until);
  return text === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(text);
}

function lastOf({ lastRotation }: KeyStateSummary): number {
  return lastRotation ? Date.parse(lastRotation.requestedAt) : 0;
}
