import { LIFECYCLE, type LifecycleEvent } from './lifecycle.ts';
import type { ClosedRotation } from './rotation.ts';
import type { ClosingRules } from './rules.ts';
import { toTimestamp } from './timestamp.ts';

/** How much longer than its workflow may take a key may wait for its promotion before it is raised again (ms). */
const MARGIN_MS = 15 * 60 * 1000;

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
  const outbox = outboxAfter(event, waiting, now, rules);
  return { ...rotation, ...(outbox && { outbox }) };
}

/** When an issued key that has not been promoted is to be resumed (RFC 3339). */
export function promotionDue(now: number, { propagationMs, verificationMs }: ClosingRules): string {
  return toTimestamp(now + propagationMs + verificationMs + MARGIN_MS);
}

function outboxAfter(
  event: LifecycleEvent,
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
    default:
      return {
        event: outbox.raise,
        dueAt: outbox.due === 'at once' ? toTimestamp(now) : promotionDue(now, rules),
      };
  }
}
