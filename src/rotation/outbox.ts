import type { ClosedRotation, EventName } from './rotation.ts';
import type { VerificationRules } from './rules.ts';

/** How much longer than its workflow may take a key may wait for its promotion before it is raised again (ms). */
const MARGIN_MS = 15 * 60 * 1000;

type Outbox = NonNullable<ClosedRotation['outbox']>;

/**
 * Adds the event that a rotation's end calls for. There is one wherever a managed secret or an event was the reason
 * to rotate; a caller over HTTP has an answer instead.
 *
 * @param hasManagedSecret whether the API credential has one
 */
export function withOutbox<R extends ClosedRotation>(
  rotation: R,
  now: number,
  hasManagedSecret: boolean,
  rules: VerificationRules,
): R {
  if (!hasManagedSecret && rotation.requestedBy.source !== 'event') return rotation;
  const outbox = outboxOf(rotation, now, rules);
  return outbox ? { ...rotation, outbox } : rotation;
}

/** When a key that was issued and has not been promoted is to be taken up again. */
export function promotionDue(now: number, { propagationMs, verificationMs }: VerificationRules): string {
  return new Date(now + propagationMs + verificationMs + MARGIN_MS).toISOString();
}

function outboxOf(rotation: ClosedRotation, now: number, rules: VerificationRules): Outbox | undefined {
  const atOnce = (event: EventName) => ({ event, dueAt: new Date(now).toISOString() });
  switch (rotation.status) {
    case 'failed':
      return atOnce('ApiKeyRotationFailed');
    case 'unknown':
      return atOnce('ApiKeyRotationUnknown');
    case 'succeeded': {
      const { key, secret, requestedBy } = rotation;
      if (!key) return atOnce('ApiKeyRotationFailed');
      // The caller has the key, and there is nothing to promote.
      if (!secret || 'error' in secret) return undefined;
      // Whoever rotates by an event goes on by itself. If it dies, the key is taken up later.
      return requestedBy.source === 'http'
        ? atOnce('ApiKeyIssued')
        : { event: 'ApiKeyIssued', dueAt: promotionDue(now, rules) };
    }
  }
}
