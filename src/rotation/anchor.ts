import { credentialPath } from './api-credential.ts';
import type { ClosedRotation } from './rotation.ts';
import { newestSeal } from './seal.ts';

/** An anchor as text: the credential's path, the number, the seal, and when the record expires, if it does. */
const ANCHOR =
  /^((?:companies|merchants)\/[^/]+\/apiCredentials\/[^/#]+)#([1-9]\d{0,9})=(sha256:[0-9a-f]{64})(?:@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z))?$/;

export type Anchor = Readonly<{ credential: string; number: number; chain: string; expiresAt?: string }>;

/**
 * The newest seal of a closed rotation as one word, to be kept outside the table: someone who rewrites the newest records
 * cannot rewrite it too.
 */
export function anchorOf(rotation: ClosedRotation): string {
  const { credential, number, expiresAt } = rotation;
  const anchor = `${credentialPath(credential)}#${number}=${newestSeal(rotation)}`;
  return expiresAt === undefined ? anchor : `${anchor}@${expiresAt}`;
}

/** Reads an anchor that {@link anchorOf} made; `undefined` for any other text. */
export function parseAnchor(text: string): Anchor | undefined {
  const [, credential, number, chain, expiresAt] = ANCHOR.exec(text) ?? [];
  if (credential === undefined || number === undefined || chain === undefined) return undefined;
  return { credential, number: Number(number), chain, ...(expiresAt !== undefined && { expiresAt }) };
}
