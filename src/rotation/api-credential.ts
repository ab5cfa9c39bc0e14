import * as v from 'valibot';
import { identifier } from './identifier.ts';

/** The two levels at which Adyen's Management API keeps API credentials. */
export const LEVELS = ['companies', 'merchants'] as const;

/** Names one API credential at Adyen. A value that passes is safe as a URL segment and as an audit key. */
export const ApiCredentialSchema = v.object({
  level: v.picklist(LEVELS, `must be one of: ${LEVELS.join(', ')}`),
  accountId: identifier,
  apiCredentialId: identifier,
});

export type ApiCredential = Readonly<v.InferOutput<typeof ApiCredentialSchema>>;

/** The credential's path, `merchants/ACME_NL/apiCredentials/S2-…`: at Adyen, and as the key of the audit. */
export function credentialPath({ level, accountId, apiCredentialId }: ApiCredential): string {
  return `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
}

/** The API credential of a path; `undefined` if it is not one that {@link credentialPath} makes. */
export function parseCredentialPath(path: string): ApiCredential | undefined {
  const [level, accountId, , apiCredentialId] = path.split('/');
  const parsed = v.safeParse(ApiCredentialSchema, { level, accountId, apiCredentialId });
  return parsed.success && credentialPath(parsed.output) === path ? parsed.output : undefined;
}
