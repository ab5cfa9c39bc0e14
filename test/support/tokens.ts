import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token with any header and any claims, signed by the given function. */
export function forgeToken(
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
  signWith: (input: string) => Buffer,
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signWith(input).toString('base64url')}`;
}

export const unsigned = () => Buffer.alloc(0);
export const hmacWith = (secret: string) => (input: string) =>
  createHmac('sha256', secret).update(input).digest();
export const rs256With = (key: KeyObject) => (input: string) => sign('sha256', Buffer.from(input), key);

/** A private RSA key that no issuer knows. */
export function strangersKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}
