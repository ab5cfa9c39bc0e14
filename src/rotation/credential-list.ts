import type { ApiCredential } from './api-credential.ts';
import type { CredentialPattern } from './credential-pattern.ts';

/** The id that sorts after all others: a position that has it is behind its whole account. */
export const AFTER_ALL_IDS = '~';

/** A place in the list of all API credentials: they are sorted by account, then by id. */
export type ListPosition = Readonly<{ account: string; id: string }>;

/** A part of the list, and where the next one begins, if there may be more. */
export type CredentialPage = Readonly<{ credentials: ApiCredential[]; next?: ListPosition }>;

/**
 * Lists the API credentials that have had a rotation and that some patterns cover, after a position: at most so many, and
 * fewer if many others lie between them. Throws `Unavailable`.
 */
export type ListCredentials = (
  patterns: readonly CredentialPattern[],
  after: ListPosition | undefined,
  atMost: number,
) => Promise<CredentialPage>;
