import type { ApiCredential } from './api-credential.ts';
import type { CredentialPattern } from './credential-pattern.ts';
import type { Status } from './lifecycle.ts';
import type { Rotation } from './rotation.ts';

/** Rotations in descending order, and whether more follow. */
export type Page = Readonly<{ rotations: Rotation[]; hasMore: boolean }>;

export type Listing = Readonly<{
  /** The API credentials that the reader may see. */
  patterns: readonly CredentialPattern[];
  /** Only those requested at this time or later, and before that one (RFC 3339 in UTC, ms). */
  from?: string | undefined;
  to?: string | undefined;
  status?: Status | undefined;
  /** Only those before this position: see {@link positionOf}. */
  before?: string | undefined;
  limit: number;
}>;

/** The reads of the audit. Every method may throw `Unavailable`. */
export type History = Readonly<{
  /** A page of an API credential's rotations, newest first, from below a number. Strongly consistent. */
  ofCredential(credential: ApiCredential, limit: number, before?: number): Promise<Page>;
  /**
   * The rotation with this id, if one of the patterns covers it. To ask for a rotation of others costs the same as to
   * ask for none. A rotation that began a moment ago may not be found yet.
   */
  byId(id: string, patterns: readonly CredentialPattern[]): Promise<Rotation | undefined>;
  /** A page of all that some patterns cover, newest first. `too-large`: they cover more than one listing can read. */
  list(listing: Listing): Promise<Page | 'too-large'>;
}>;

/** A rotation's place among all: by the time at which it was requested, then by its id. */
export function positionOf({ requestedAt, id }: Pick<Rotation, 'requestedAt' | 'id'>): string {
  return `${requestedAt}#${id}`;
}
