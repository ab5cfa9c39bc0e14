import { createSend } from '../adyen/exchange.ts';
import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createProbe } from '../adyen/probe.ts';
import type { parseSecretRotationConfig } from '../config.ts';
import { createNewestSettled } from '../rotation/newest-settled.ts';
import { createRotate } from '../rotation/rotate.ts';
import { createStoredCredential } from '../secrets/stored-credential.ts';
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
  const storedCredential = createStoredCredential(
    aws.secretsManager,
    config.managementCredentialSecretId,
    now,
  );
  const rotate = createRotate({
    ...audit,
    newestSettled,
    storedCredential,
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
  return { ...audit, newestSettled, storedCredential, rotate, probe };
}
