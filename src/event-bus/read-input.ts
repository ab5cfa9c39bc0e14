import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import { noKey } from '../rotation/key-shaped.ts';
import { KEYTURN } from '../rotation/replay.ts';
import { timestamp } from '../rotation/timestamp.ts';
import type { WorkflowInput } from '../workflow/workflow-input.ts';
import { ApiKeyDeadSchema } from './api-key-dead.ts';
import { BUS_EVENT_DEFINITIONS } from './bus-events.ts';
import { RotateApiKeySchema } from './rotate-api-key.ts';

type Issues = [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];

const EnvelopeSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/), noKey),
  source: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(256),
    v.check((text) => text.isWellFormed()),
    noKey,
  ),
  'detail-type': v.string(),
  // Only measured: an event with another time is as good.
  time: v.fallback(v.optional(timestamp), undefined),
  detail: v.unknown(),
});

/** Reads an event as EventBridge delivers it. */
export function readInput(event: unknown): WorkflowInput {
  const envelope = v.safeParse(EnvelopeSchema, event);
  if (!envelope.success) return { kind: 'malformed', faults: `the envelope: ${faultsOf(envelope.issues)}` };
  const { time: raisedAt } = envelope.output;
  return { ...readDetail(envelope.output), ...(raisedAt !== undefined && { raisedAt }) };
}

function readDetail(envelope: v.InferOutput<typeof EnvelopeSchema>): WorkflowInput {
  const { id: eventId, source, 'detail-type': type, detail } = envelope;
  // A key that Secrets Manager has promoted is resumed too: the workflow watches it.
  if (source === KEYTURN) {
    switch (type) {
      case 'ApiKeyIssued':
      case 'ApiKeyRotated':
      case 'ApiKeyRolledBack':
        return readIssued(type, eventId, source, detail);
      case 'ApiKeyRotationUnknown':
      case 'ApiKeyRotationFailed':
        return readUnknown(type, eventId, source, detail);
      case 'ApiKeyDead':
        return readDead(eventId, source, detail);
    }
  }
  if (type === 'RotateApiKey') return readRotate(eventId, source, detail);
  return { kind: 'malformed', eventId, source, faults: 'the detail-type is none that starts a rotation' };
}

function readRotate(eventId: string, source: string, detail: unknown): WorkflowInput {
  const parsed = v.safeParse(RotateApiKeySchema, detail);
  if (parsed.success) {
    const { level, accountId, apiCredentialId, campaign, ...request } = parsed.output;
    return {
      kind: 'rotate',
      eventId,
      source,
      ...(campaign !== undefined && { campaign }),
      credential: { level, accountId, apiCredentialId },
      request,
    };
  }
  const named = v.safeParse(ApiCredentialSchema, detail);
  return malformed(parsed.issues, { eventId, source, ...(named.success && { credential: named.output }) });
}

function readIssued(
  type: 'ApiKeyIssued' | 'ApiKeyRotated' | 'ApiKeyRolledBack',
  eventId: string,
  source: string,
  detail: unknown,
): WorkflowInput {
  const parsed = v.safeParse(BUS_EVENT_DEFINITIONS[type].schema, detail);
  if (!parsed.success) return malformed(parsed.issues, { eventId, source });
  const { credential, rotationId, number } = parsed.output;
  const kind = type === 'ApiKeyRolledBack' ? 'rolled-back' : 'resume';
  return { kind, issued: { credential, rotationId, number } };
}

function readUnknown(
  type: 'ApiKeyRotationUnknown' | 'ApiKeyRotationFailed',
  eventId: string,
  source: string,
  detail: unknown,
): WorkflowInput {
  const parsed = v.safeParse(BUS_EVENT_DEFINITIONS[type].schema, detail);
  if (!parsed.success) return malformed(parsed.issues, { eventId, source });
  const { credential, rotationId, number, completedAt, requestedBy } = parsed.output;
  const isFollowedByItself = requestedBy.source === 'event';
  return { kind: 'recover', credential, rotationId, number, completedAt, isFollowedByItself };
}

function readDead(eventId: string, source: string, detail: unknown): WorkflowInput {
  const parsed = v.safeParse(ApiKeyDeadSchema, detail);
  if (!parsed.success) return malformed(parsed.issues, { eventId, source });
  return { kind: 'heal', ...parsed.output };
}

function malformed(
  issues: Issues,
  about: Omit<Extract<WorkflowInput, { kind: 'malformed' }>, 'kind' | 'faults'>,
): WorkflowInput {
  return { kind: 'malformed', ...about, faults: `the detail: ${faultsOf(issues)}` };
}

/** Names the wrong fields and quotes none of their content. */
function faultsOf(issues: Issues): string {
  const names = issues.map((issue) => {
    const path = v.getDotPath(issue);
    if (path === null) return 'it as a whole';
    return /^[\w.-]{1,64}$/.test(path) ? path : 'a field';
  });
  return `${[...new Set(names)].join(', ')} is not as it must be`;
}
