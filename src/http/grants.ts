import * as v from 'valibot';
import { type ApiCredential, credentialPath, LEVELS } from '../rotation/api-credential.ts';

const SEGMENT = '[A-Za-z0-9._*-]{1,128}';
const PATTERN = new RegExp(`^(${LEVELS.join('|')}|\\*)/${SEGMENT}/apiCredentials/${SEGMENT}$`);

const CredentialPatternSchema = v.pipe(
  v.string('must list patterns'),
  v.regex(PATTERN, 'must hold patterns like merchants/ACME_*/apiCredentials/*'),
  v.transform((pattern) => {
    const segments = pattern.split('/').map((segment) =>
      segment
        .split(/\*+/)
        .map((literal) => literal.replaceAll('.', '\\.'))
        .join('[^/]*'),
    );
    return new RegExp(`^${segments.join('/')}$`);
  }),
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

/** Whether one of the names by which a caller is known has been granted the credential. */
export function isGranted(grants: Grants, names: readonly string[], credential: ApiCredential): boolean {
  const path = credentialPath(credential);
  return names.some((name) => grants.get(name)?.some((pattern) => pattern.test(path)) ?? false);
}
