import * as v from 'valibot';
import {
  CREDENTIAL_PATTERN,
  type CredentialPattern,
  parseCredentialPattern,
} from '../rotation/credential-pattern.ts';

const CredentialPatternSchema = v.pipe(
  v.string('must list patterns'),
  v.regex(CREDENTIAL_PATTERN, 'must hold patterns like merchants/ACME_*/apiCredentials/*'),
  v.transform(parseCredentialPattern),
);

/** Who gets a grant. A bare name would be the client id of one token and the subject of another. */
export const GRANTEE = /^(client|subject|event):./;

const GranteeSchema = v.pipe(
  v.string(),
  v.regex(GRANTEE, 'must name each caller as "client:<client id>", "subject:<sub>" or "event:<source>"'),
);

/**
 * `CALLER_GRANTS`: for each client, subject or source of events, the patterns of the API credentials that it may touch. `*`
 * stands for anything within one segment.
 */
export const GrantsSchema = v.pipe(
  v.unknown(),
  // valibot takes a list for a record of its indices.
  v.check((grants) => !Array.isArray(grants), 'must be an object of callers and their patterns'),
  v.record(
    GranteeSchema,
    v.array(CredentialPatternSchema, 'must give each caller a list of patterns'),
    'must be an object of callers and their patterns',
  ),
  v.transform((grants) => new Map(Object.entries(grants))),
);

export type Grants = v.InferOutput<typeof GrantsSchema>;

/** The patterns that are granted to any of these names. */
export function patternsOf(grants: Grants, names: readonly string[]): CredentialPattern[] {
  return names.flatMap((name) => grants.get(name) ?? []);
}
