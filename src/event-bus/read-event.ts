import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import { ReasonSchema } from '../rotation/reason.ts';
import type { Order } from '../workflow/workflow-input.ts';
import { EVENT_SCHEMAS } from './event-details.ts';
import { EVENT_SOURCE } from './publish.ts';

/** The `detail` of a `RotateApiKey` event. */
export const RotateApiKeySchema = v.strictObject({
  ...ApiCredentialSchema.entries,
  reason: v.pipe(ReasonSchema, v.minLength(1)),
  force: v.exactOptional(v.boolean()),
});

const EnvelopeSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/)),
  source: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(256),
    v.check((text) => text.isWellFormed()),
  ),
  'detail-type': v.string(),
  detail: v.unknown(),
});

/** Reads an event as EventBridge delivers it. */
export function readEvent(event: unknown): Order {
  const envelope = v.safeParse(EnvelopeSchema, event);
  if (!envelope.success) return { kind: 'malformed', faults: `the envelope: ${faultsOf(envelope.issues)}` };
  const { id: eventId, source, 'detail-type': type, detail } = envelope.output;
  // What Secrets Manager has promoted is taken up for the look at it when the key before is gone.
  if (source === EVENT_SOURCE && (type === 'ApiKeyIssued' || type === 'ApiKeyRotated')) {
    return readIssued(type, eventId, source, detail);
  }
  if (type === 'RotateApiKey') return readRotate(eventId, source, detail);
  return { kind: 'malformed', eventId, source, faults: 'the detail-type is none that starts a rotation' };
}

function readRotate(eventId: string, source: string, detail: unknown): Order {
  const asked = v.safeParse(RotateApiKeySchema, detail);
  if (asked.success) {
    const { reason, force = false, ...credential } = asked.output;
    return { kind: 'rotate', eventId, source, credential, reason, force };
  }
  const named = v.safeParse(ApiCredentialSchema, detail);
  return {
    kind: 'malformed',
    eventId,
    source,
    ...(named.success && { credential: named.output }),
    faults: `the detail: ${faultsOf(asked.issues)}`,
  };
}

function readIssued(
  type: 'ApiKeyIssued' | 'ApiKeyRotated',
  eventId: string,
  source: string,
  detail: unknown,
): Order {
  const parsed = v.safeParse(EVENT_SCHEMAS[type], detail);
  if (!parsed.success)
    return { kind: 'malformed', eventId, source, faults: `the detail: ${faultsOf(parsed.issues)}` };
  const { credential, rotationId, number } = parsed.output;
  return { kind: 'take-up', issued: { credential, rotationId, number } };
}

/** Names the fields that are wrong, and quotes none of what is in them. */
function faultsOf(issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const names = issues.map((issue) => {
    const path = v.getDotPath(issue);
    if (path === null) return 'it as a whole';
    return /^[\w.-]{1,64}$/.test(path) ? path : 'a field';
  });
  return `${[...new Set(names)].join(', ')} is not as it must be`;
}
