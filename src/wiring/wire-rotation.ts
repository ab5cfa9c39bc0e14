import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createProbe } from '../adyen/probe.ts';
import { createSend } from '../adyen/send.ts';
import type { parseSecretRotationConfig } from '../config/config.ts';
import { createNewestSettled } from '../rotation/newest-settled.ts';
import { createRotate } from '../rotation/rotate.ts';
import { createManagementCredential } from '../secrets-manager/management-credential.ts';
import { type RotationParts, wireAudit } from './wire-audit.ts';

/** Puts the rotation together, for every function that rotates. */
export function wireRotation(
  config: ReturnType<typeof parseSecretRotationConfig>,
  { aws, log, metrics, now }: RotationParts,
) {
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs, rules } = config;
  const audit = wireAudit(config, { aws, log, metrics, now });
  const newestSettled = createNewestSettled({ ...audit, now });
  const send = createSend();
  const managementCredential = createManagementCredential(
    aws.secretsManager,
    config.managementCredentialSecretId,
    now,
  );
  const rotate = createRotate({
    ...audit,
    newestSettled,
    managementCredential,
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
  return { ...audit, newestSettled, managementCredential, rotate, probe };
}
