import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import type { TellDue } from '../rotation/ports.ts';
import { timestamp } from '../rotation/timestamp.ts';
import { putEvent } from './put-event.ts';

/** `ApiKeyDue`: what it means, and its `detail`. It is about a key in use, not about a change of a rotation. */
export const API_KEY_DUE = {
  description:
    'The key in use reaches KEY_MAX_AGE_DAYS at dueAt, in 30 days at most (a third of that age if it is shorter), or has reached it. It comes once a day, until the key is replaced.',
  schema: v.strictObject({
    credential: ApiCredentialSchema,
    keyFingerprint: v.string(),
    /** The rotation that made the key, and when. */
    rotationId: v.string(),
    issuedAt: timestamp,
    dueAt: timestamp,
  }),
} as const;

/** Makes the way of `ApiKeyDue` to the bus. Throws an error if the bus does not take it. */
export function createTellDueEvent(client: EventBridgeClient, eventBusName: string): TellDue {
  return (due) => putEvent(client, eventBusName, 'ApiKeyDue', v.parse(API_KEY_DUE.schema, due));
}
