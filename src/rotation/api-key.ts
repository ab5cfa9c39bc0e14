import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { Secret } from '../secret.ts';

/**
 * An API key in an upstream response or in a stored secret, closed at once. Printable ASCII only: a key goes into a
 * header and must not be able to end it.
 */
export const ApiKeySchema = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,1024}$/),
  v.transform((key) => new Secret(key)),
);

/** Tells two keys apart without showing either: the first 16 hex digits of the key's SHA-256. */
export function fingerprint(key: Secret): string {
  return `sha256:${createHash('sha256').update(key.reveal()).digest('hex').slice(0, 16)}`;
}
