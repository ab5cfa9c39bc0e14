import { createHash } from 'node:crypto';
import type { Requester } from './rotation.ts';

/** How long the same `Idempotency-Key` stands for the same rotation. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

/**
 * What the audit keeps of an idempotency key: a hash over the key and the caller, so that two callers who
 * choose the same key do not meet, and whatever a caller puts into the key is not stored.
 */
export function idempotencyHash(requester: Requester, idempotencyKey: string): string {
  const { source, clientId = null, subject } = requester;
  return createHash('sha256')
    .update(JSON.stringify([source, clientId, subject, idempotencyKey]))
    .digest('base64url');
}
