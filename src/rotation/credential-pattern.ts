import { type ApiCredential, LEVELS } from './api-credential.ts';

/** One segment of a pattern: `*` matches any text. */
export type Glob = Readonly<{
  /** The text with which every match begins. */
  prefix: string;
  /** The only match, if the segment has no `*`. */
  literal?: string;
  matches(text: string): boolean;
}>;

/** Which API credentials a caller may touch: its three segments, matched one by one. */
export type CredentialPattern = Readonly<{ level: Glob; accountId: Glob; apiCredentialId: Glob }>;

const SEGMENT = '[A-Za-z0-9._*-]{1,128}';

/** A pattern as text: `merchants/ACME_*\/apiCredentials/*`. */
export const CREDENTIAL_PATTERN = new RegExp(
  `^(${LEVELS.join('|')}|\\*)/${SEGMENT}/apiCredentials/${SEGMENT}$`,
);

/** Reads a pattern that {@link CREDENTIAL_PATTERN} has accepted. */
export function parseCredentialPattern(pattern: string): CredentialPattern {
  const [level = '', accountId = '', , apiCredentialId = ''] = pattern.split('/');
  return { level: glob(level), accountId: glob(accountId), apiCredentialId: glob(apiCredentialId) };
}

/** Whether one of the patterns covers the API credential. */
export function isCovered(credential: ApiCredential, patterns: readonly CredentialPattern[]): boolean {
  return patterns.some(
    ({ level, accountId, apiCredentialId }) =>
      level.matches(credential.level) &&
      accountId.matches(credential.accountId) &&
      apiCredentialId.matches(credential.apiCredentialId),
  );
}

function glob(text: string): Glob {
  const literals = text.split(/\*+/);
  const [prefix = ''] = literals;
  const pattern = new RegExp(`^${literals.map((literal) => literal.replaceAll('.', '\\.')).join('.*')}$`);
  return {
    prefix,
    ...(literals.length === 1 && { literal: text }),
    matches: (candidate) => pattern.test(candidate),
  };
}
