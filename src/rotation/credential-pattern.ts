import { type ApiCredential, LEVELS } from './api-credential.ts';

/** One segment of a pattern: `*` matches any text. A match takes linear time, at any number of stars. */
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

/**
 * Each literal is searched for once, from the end of the one before: the first place is never worse than a later one. So
 * no number of stars makes a match slow, as a regular expression with many of them would be.
 */
function glob(text: string): Glob {
  const [prefix = '', ...rest] = text.split('*');
  const suffix = rest.pop();
  if (suffix === undefined) return { prefix, literal: text, matches: (candidate) => candidate === text };
  const middle = rest.filter((literal) => literal !== '');
  return {
    prefix,
    matches(candidate) {
      const end = candidate.length - suffix.length;
      if (end < prefix.length || !candidate.startsWith(prefix) || !candidate.endsWith(suffix)) return false;
      let from = prefix.length;
      for (const literal of middle) {
        const at = candidate.indexOf(literal, from);
        if (at < 0) return false;
        from = at + literal.length;
      }
      return from <= end;
    },
  };
}
