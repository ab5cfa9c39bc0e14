import { type Due, LIFECYCLE, type LifecycleEvent } from './lifecycle.ts';
import type { ClosedRotation } from './rotation.ts';
import type { ClosingRules } from './rules.ts';
import { toTimestamp } from './timestamp.ts';

/** How much longer than its workflow may take a key may wait for its promotion before it is raised again (ms). */
const MARGIN_MS = 15 * 60 * 1000;

/** After this time (ms), an unknown outcome should have been followed by another rotation. */
const FOLLOWED_MS = 2 * 60 * 60 * 1000;
/** When a stalled key that is still not promoted is resumed (ms): the previous key has ended. */
const DAY_MS = 25 * 60 * 60 * 1000;

/** How long before the previous key ends its consumers are named that have not switched (ms). */
const OVERDUE_MS = 4 * 60 * 60 * 1000;
/** The time that they have in any case (ms). */
const LEAST_SWITCH_MS = 30 * 60 * 1000;

/** The event that waits to be put on the bus, and when it is due. */
export type Outbox = NonNullable<ClosedRotation['outbox']>;

/**
 * A rotation with the outbox that an event in its life leaves, as `LIFECYCLE` says.
 *
 * @param now ms since the epoch
 */
export function withOutboxAfter(
  event: LifecycleEvent,
  { outbox: waiting, ...rotation }: ClosedRotation,
  now: number,
  rules: ClosingRules,
): ClosedRotation {
  const outbox = outboxAfter(event, rotation, waiting, now, rules);
  return { ...rotation, ...(outbox && { outbox }) };
}

function outboxAfter(
  event: LifecycleEvent,
  rotation: ClosedRotation,
  waiting: Outbox | undefined,
  now: number,
  rules: ClosingRules,
): Outbox | undefined {
  const { outbox } = LIFECYCLE[event];
  switch (outbox) {
    case 'keep':
      return waiting;
    case 'empty':
      return undefined;
    case 'cancel':
      return waiting?.event === 'ApiKeyIssued' ? undefined : waiting;
    default: {
      const due = dueAt(outbox.due, rotation, now, rules);
      return due === undefined ? undefined : { event: outbox.raise, dueAt: due };
    }
  }
}

function dueAt(due: Due, rotation: ClosedRotation, now: number, rules: ClosingRules): string | undefined {
  switch (due) {
    case 'at once':
      return toTimestamp(now);
    case 'if not promoted':
      return toTimestamp(now + rules.propagationMs + rules.verificationMs + MARGIN_MS);
    case 'if not followed':
      return toTimestamp(now + FOLLOWED_MS);
    case 'a day later':
      return toTimestamp(now + DAY_MS);
    case 'before the previous key ends':
      return beforeEnd(rotation, now);
  }
}

/** Never if the previous key has ended: a consumer that still uses it knows. */
function beforeEnd(rotation: ClosedRotation, now: number): string | undefined {
  if (rotation.status !== 'succeeded' || !rotation.key) return undefined;
  const end = Date.parse(rotation.key.previousKeyExpiresAt);
  if (end <= now) return undefined;
  return toTimestamp(Math.min(end, Math.max(end - OVERDUE_MS, now + LEAST_SWITCH_MS)));
}
