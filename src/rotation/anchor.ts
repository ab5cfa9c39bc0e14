import { credentialPath } from './api-credential.ts';
import { newestSeal } from './chain.ts';
import type { ClosedRotation } from './rotation.ts';

/** An anchor as text: the credential's path, the number, and the seal. */
const ANCHOR =
  /^((?:companies|merchants)\/[^/]+\/apiCredentials\/[^/#]+)#([1-9]\d{0,9})=(sha256:[0-9a-f]{64})$/;

export type Anchor = Readonly<{ credential: string; number: number; chain: string }>;

/**
 * The newest seal of a closed rotation as one word, to be kept outside the table: whoever rewrites the table's newest
 * records can not rewrite that too.
 */
export function anchorOf(rotation: ClosedRotation): string {
  return `${credentialPath(rotation.credential)}#${rotation.number}=${newestSeal(rotation)}`;
}

/** Reads what {@link anchorOf} has written. */
export function parseAnchor(text: string): Anchor | undefined {
  const [, credential, number, chain] = ANCHOR.exec(text) ?? [];
  if (credential === undefined || number === undefined || chain === undefined) return undefined;
  return { credential, number: Number(number), chain };
}
