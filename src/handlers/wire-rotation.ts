import { createSend } from '../adyen/exchange.ts';
import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createProbe } from '../adyen/probe.ts';
import type { parseSecretRotationConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { RotationMetrics } from '../metrics.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { createNewestSettled } from '../rotation/newest-settled.ts';
import { createRotate } from '../rotation/rotate.ts';
import { createManagedSecret } from '../secrets/managed-secret.ts';
import { createStoredCredential } from '../secrets/stored-credential.ts';
import type { AwsClients } from './aws-clients.ts';
import { wireAudit } from './wire-audit.ts';

export type RotationParts = Readonly<{
  aws: AwsClients;
  log: Log;
  metrics: RotationMetrics;
  now: () => number;
}>;

/** Puts the rotation together, for every function that rotates. */
export function wireRotation(
  config: ReturnType<typeof parseSecretRotationConfig>,
  { aws, log, metrics, now }: RotationParts,
) {
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs, rules } = config;
  const openSecret = (id: string) => createManagedSecret(aws.secretsManager, id);
  const audit = wireAudit(config, {
    ...aws,
    log,
    metrics,
    now,
  });
  const managedSecretOf = (credential: ApiCredential) => {
    const id = audit.managedSecretIds.idOf(credential);
    return id === undefined ? undefined : openSecret(id);
  };
  const newestSettled = createNewestSettled({ ...audit, rules, now });
  const send = createSend();
  const rotate = createRotate({
    ...audit,
    newestSettled,
    managedSecretOf,
    storedCredential: createStoredCredential(aws.secretsManager, config.managementCredentialSecretId, now),
    generateApiKey: createGenerateApiKey({
      send,
      baseUrl,
      timeoutMs,
      now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
    }),
    rules,
    now,
    log,
    onNotStored: () => metrics.countIssuedKey('not-stored'),
  });
  const probe = createProbe({ send, baseUrl, timeoutMs });
  return { ...audit, openSecret, managedSecretOf, newestSettled, rotate, probe };
}
