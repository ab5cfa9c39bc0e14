import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * Links an ended rotation to the one before it: `chain` is the SHA-256 over the rotation's canonical JSON
 * (RFC 8785), which holds the `chain` of the one before as `previousChain`. Whoever edits a record has to
 * rewrite every one after it.
 */
export function seal<R extends { previousChain?: string }>(rotation: R): R & { chain: string } {
  const content = canonicalize(rotation);
  // canonicalize has nothing to say only for what JSON cannot express, such as a function.
  if (content === undefined) throw new TypeError('a rotation must be expressible in JSON');
  return { ...rotation, chain: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}
