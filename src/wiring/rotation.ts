import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createProbe } from '../adyen/probe.ts';
import { createSend } from '../adyen/send.ts';
import type { RotationConfig } from '../config/config.ts';
import { createCompleteRotation } from '../rotation/complete-rotation.ts';
import { createReadNewest } from '../rotation/expire.ts';
import { createRotate } from '../rotation/rotate.ts';
import { createManagementCredential } from '../secrets-manager/management-credential.ts';
import { type Runtime, wireAudit } from './audit.ts';
import { sleep } from './sleep.ts';

/** Puts the rotation together, for every function that rotates. */
export function wireRotation(config: RotationConfig, runtime: Runtime) {
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs, managementCredentialSecretId, rules } = config;
  const { aws, log, metrics, now } = runtime;
  const wired = wireAudit(config, runtime);
  const { audit, commit, announce, expire, managedSecretOf } = wired;

  const send = createSend();
  const managementCredential = createManagementCredential(
    aws.secretsManager,
    managementCredentialSecretId,
    now,
  );
  const completeRotation = createCompleteRotation({
    commit,
    managementCredential,
    generateApiKey: createGenerateApiKey({ send, baseUrl, timeoutMs, now, sleep, random: Math.random }),
    rules,
    now,
    log,
    metrics,
  });
  const readNewest = createReadNewest({ audit, expire, now });
  const rotate = createRotate({
    audit,
    readNewest,
    expire,
    commit,
    announce,
    managementCredential,
    managedSecretOf,
    completeRotation,
    rules,
    now,
    log,
  });
  const probe = createProbe({ send, baseUrl, timeoutMs });
  return { ...wired, readNewest, managementCredential, rotate, probe };
}
