import * as v from 'valibot';

/** The two levels at which Adyen's Management API keeps API credentials. */
export const LEVELS = ['companies', 'merchants'] as const;

const identifier = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be 1 to 128 letters, digits, dots, underscores or hyphens'),
  v.check((id) => id !== '.' && id !== '..', 'must not be "." or ".."'),
);

/** Names one API credential at Adyen. What passes here is safe as a URL segment and as an audit key. */
export const ApiCredentialSchema = v.object({
  level: v.picklist(LEVELS, `must be one of: ${LEVELS.join(', ')}`),
  accountId: identifier,
  apiCredentialId: identifier,
});

export type ApiCredential = Readonly<v.InferOutput<typeof ApiCredentialSchema>>;

/** The credential's path: `merchants/ACME_NL/apiCredentials/S2-…`. It is the key of the audit and what a grant is matched with. */
export function credentialPath({ level, accountId, apiCredentialId }: ApiCredential): string {
  return `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
}

/** Reads what {@link credentialPath} has written; `undefined` for anything else. */
export function parseCredentialPath(path: string): ApiCredential | undefined {
  const [level, accountId, , apiCredentialId] = path.split('/');
  const parsed = v.safeParse(ApiCredentialSchema, { level, accountId, apiCredentialId });
  return parsed.success && credentialPath(parsed.output) === path ? parsed.output : undefined;
}
