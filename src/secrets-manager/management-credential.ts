import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { ApiKeySchema } from '../rotation/api-key.ts';
import type { ManagementCredential } from '../rotation/ports.ts';
import { Unavailable } from '../rotation/unavailable.ts';
import type { Secret } from '../secret.ts';

const CACHE_MS = 5 * 60 * 1000;

const SecretValueSchema = v.pipe(v.string(), v.parseJson(), v.object({ apiKey: ApiKeySchema }));

/** The port, and a way to read the secret before there is a request. */
export type StoredManagementCredential = ManagementCredential &
  Readonly<{
    /** Reads it if it is one for all accounts. Throws {@link Unavailable}; then the first request reads it again. */
    preload(): Promise<void>;
  }>;

/**
 * The management credential in Secrets Manager: each container reads it at most once in 5 minutes, one read at a time.
 *
 * @param secretId name or ARN; `{level}` and `{accountId}` in it stand for those of the API credential
 */
export function createManagementCredential(
  client: SecretsManagerClient,
  secretId: string,
  now: () => number,
): StoredManagementCredential {
  const cache = new Map<string, { key: Promise<Secret>; readAt: number }>();

  return {
    get(credential) {
      const id = secretIdOf(credential);
      const cached = cache.get(id);
      return cached && now() - cached.readAt < CACHE_MS ? cached.key : load(id);
    },

    async reload(credential, stale) {
      const id = secretIdOf(credential);
      const entry = cache.get(id);
      const current = await entry?.key;
      if (current && current !== stale) return current;
      // Of all callers that found the same stale key, the first reads, and the others join its read.
      const newer = cache.get(id);
      return newer && newer !== entry ? newer.key : load(id);
    },

    async preload() {
      if (!secretId.includes('{')) await load(secretId);
    },
  };

  function secretIdOf({ level, accountId }: ApiCredential): string {
    return secretId.replaceAll('{level}', level).replaceAll('{accountId}', accountId);
  }

  /** The cache holds the read under way, so that a concurrent caller joins it. A failed read is forgotten. */
  function load(id: string): Promise<Secret> {
    const entry = { key: read(client, id), readAt: now() };
    cache.set(id, entry);
    entry.key.catch(() => {
      if (cache.get(id) === entry) cache.delete(id);
    });
    return entry.key;
  }
}

async function read(client: SecretsManagerClient, id: string): Promise<Secret> {
  const answer = await client.send(new GetSecretValueCommand({ SecretId: id })).catch((error: unknown) => {
    // AWS's name for the reason and no more: the SDK's text of a response that it cannot read quotes the response.
    const reason = error instanceof Error ? error.name : 'unknown';
    throw new Unavailable('management-credential-unavailable', `the secret ${id} cannot be read`, {
      cause: new Error(`Secrets Manager: ${reason}`),
    });
  });
  // The parser's own error would quote the value.
  const parsed = v.safeParse(SecretValueSchema, answer.SecretString);
  if (!parsed.success)
    throw new Unavailable('management-credential-unavailable', `the secret ${id} is not {"apiKey": "…"}`);
  return parsed.output.apiKey;
}
