import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ReadKey } from './call-adyen.ts';
import { keyOf } from './managed-secret-value.ts';

/** Far below the 24 hours of the overlap (ms). */
const REFRESH_MS = 300_000;

/**
 * For a service that runs long, on ECS for instance: reads the key from Secrets Manager, and again every five minutes. While
 * Secrets Manager does not respond, the key that was read last is used: it lives for a day after it was replaced.
 */
export function createServiceKey({
  client,
  secretId,
  refreshMs = REFRESH_MS,
  now = Date.now,
}: {
  client: SecretsManagerClient;
  secretId: string;
  refreshMs?: number;
  now?: () => number;
}): ReadKey {
  let last: { key: string; readAt: number } | undefined;
  let reading: Promise<string> | undefined;

  return async ({ fresh }) => {
    if (last && !fresh && now() - last.readAt < refreshMs) return last.key;
    // One read for all calls that need it at this moment.
    reading ??= read().finally(() => {
      reading = undefined;
    });
    if (!last || fresh) return reading;
    const { key } = last;
    return reading.catch(() => key);
  };

  async function read(): Promise<string> {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    const key = keyOf(SecretString);
    last = { key, readAt: now() };
    return key;
  }
}
