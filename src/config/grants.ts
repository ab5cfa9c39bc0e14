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

/**
 * `CALLER_GRANTS`: for each client id or subject, the patterns of the API credentials that it may touch. `*`
 * stands for anything within one segment.
 */
export const GrantsSchema = v.pipe(
  v.unknown(),
  // valibot takes a list for a record of its indices.
  v.check((grants) => !Array.isArray(grants), 'must be an object of callers and their patterns'),
  v.record(
    v.string(),
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
