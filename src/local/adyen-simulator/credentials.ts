import { randomBytes } from 'node:crypto';

const MINUTE_MS = 60_000;
/** How long a new key does not work yet (ms). Adyen says "a few minutes". */
export const PROPAGATION_MS = 3 * MINUTE_MS;
/** How long the previous key still works (ms). */
export const OVERLAP_MS = 24 * 60 * MINUTE_MS;

export type CredentialSeed = Readonly<{
  /** `merchants/ACME_NL/apiCredentials/S2-…` or `companies/…` */
  path: string;
  roles: readonly string[];
  active?: boolean;
  /** From where its keys may be used. The simulator shows the list, and does not enforce it. */
  allowedIpAddresses?: readonly string[];
  /** Its first key, which works at once. By default a random one. */
  key?: string;
}>;

export type SimulatedCredential = Readonly<{
  path: string;
  id: string;
  username: string;
  roles: readonly string[];
  active: boolean;
  allowedIpAddresses: readonly string[];
}>;

type Key = Readonly<{ credential: SimulatedCredential; usableFrom: number; expiresAt: number }>;

export type Credentials = Readonly<{
  find(path: string): SimulatedCredential | undefined;
  /** The API credential that the key belongs to, whether the key works or not. */
  ownerOf(key: string): SimulatedCredential | undefined;
  /** The API credential that the key belongs to, if the key works at that time. The default is now. */
  authenticate(key: string, at?: number): SimulatedCredential | undefined;
  /** Makes a key that works after the propagation, and lets the previous keys expire 24 h later. Both count from `at`. */
  generateKey(credential: SimulatedCredential, at?: number): string;
  /** How many keys were generated for the API credential, or for all API credentials. */
  generated(path?: string): number;
}>;

/**
 * The API credentials at the simulated Adyen, and their keys.
 *
 * @param now ms since the epoch; it may run at another speed than real time
 */
export function createCredentials(seed: readonly CredentialSeed[], now: () => number): Credentials {
  const credentials = new Map<string, SimulatedCredential>();
  const keys = new Map<string, Key>();
  const generated: string[] = [];

  for (const { path, roles, active = true, allowedIpAddresses = [], key = newKey() } of seed) {
    const [, accountId, , id = ''] = path.split('/');
    const username = `ws_${id}@Account.${accountId}`;
    const credential = { path, id, username, roles, active, allowedIpAddresses };
    credentials.set(path, credential);
    keys.set(key, { credential, usableFrom: 0, expiresAt: Number.POSITIVE_INFINITY });
  }

  return {
    find: (path) => credentials.get(path),

    ownerOf: (text) => keys.get(text)?.credential,

    authenticate(text, at = now()) {
      const key = keys.get(text);
      const works = key?.credential.active && key.usableFrom <= at && at < key.expiresAt;
      return works ? key.credential : undefined;
    },

    generateKey(credential, at = now()) {
      for (const [text, key] of keys) {
        if (key.credential !== credential) continue;
        keys.set(text, { ...key, expiresAt: Math.min(key.expiresAt, at + OVERLAP_MS) });
      }
      const text = newKey();
      keys.set(text, {
        credential,
        usableFrom: at + PROPAGATION_MS,
        expiresAt: Number.POSITIVE_INFINITY,
      });
      generated.push(credential.path);
      return text;
    },

    generated: (path) => generated.filter((one) => path === undefined || one === path).length,
  };
}

/** A key in the form of Adyen's: long, and with characters that URL encoding or JSON would change. */
function newKey(): string {
  return `AQE${randomBytes(64).toString('base64')}-${randomBytes(32).toString('base64')}`;
}
