import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createSend } from '../adyen/exchange.ts';
import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createProbe } from '../adyen/probe.ts';
import { awsClientOptions } from '../aws-client-options.ts';
import type { parseSecretRotationConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { RotationMetrics } from '../metrics.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { createNewestSettled } from '../rotation/newest-settled.ts';
import { createRotate } from '../rotation/rotate.ts';
import { createManagedSecret } from '../secrets/managed-secret.ts';
import { createStoredCredential } from '../secrets/stored-credential.ts';
import { wireAudit } from './wire-audit.ts';

/** Puts the rotation together, for every function that rotates. */
export function wireRotation(
  config: ReturnType<typeof parseSecretRotationConfig>,
  { log, metrics, now }: { log: Log; metrics: RotationMetrics; now: () => number },
) {
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs, rules } = config;
  const secretsManager = new SecretsManagerClient(awsClientOptions);
  const openSecret = (id: string) => createManagedSecret(secretsManager, id);
  const audit = wireAudit(config, {
    table: DynamoDBDocumentClient.from(new DynamoDBClient(awsClientOptions)),
    bus: new EventBridgeClient(awsClientOptions),
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
    storedCredential: createStoredCredential(secretsManager, config.managementCredentialSecretId, now),
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
