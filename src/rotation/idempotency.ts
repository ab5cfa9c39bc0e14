import { createHash } from 'node:crypto';
import type { Requester } from './rotation.ts';

/** How long the same `Idempotency-Key` stands for the same rotation. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

/**
 * The idempotency key of an event: its id, which the bus chooses, or its campaign, so that a second event of the same
 * campaign is the same rotation. Keys count for one API credential only, so that a campaign needs one for all. The space
 * keeps a campaign from being an event's id.
 */
export function idempotencyKeyOf({ eventId, campaign }: { eventId: string; campaign?: string }): string {
  return campaign === undefined ? eventId : campaignKey(campaign);
}

/** The idempotency key of each event of a campaign. */
export function campaignKey(campaign: string): string {
  return `campaign ${campaign}`;
}

/**
 * The form in which the audit keeps an idempotency key: a hash over the key and the caller. Two callers may choose the
 * same key, and the text of a key is not stored.
 */
export function idempotencyHash(requester: Requester, idempotencyKey: string): string {
  const { source, clientId = null, subject } = requester;
  return createHash('sha256')
    .update(JSON.stringify([source, clientId, subject, idempotencyKey]))
    .digest('base64url');
}
