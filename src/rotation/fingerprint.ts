import { createHash } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Tells two keys apart without showing either: the first 16 hex digits of the key's SHA-256. */
export function fingerprint(key: Secret): string {
  return `sha256:${createHash('sha256').update(key.reveal()).digest('hex').slice(0, 16)}`;
}
