import { randomUUID } from 'node:crypto';
import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createProbe } from '../adyen/probe.ts';
import { createSend } from '../adyen/send.ts';
import type { RotationConfig } from '../config/config.ts';
import { createManagementCredential } from '../secrets-manager/management-credential.ts';
import { assembleRotation } from './assemble-rotation.ts';
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
  const { readNewest, rotate } = assembleRotation({
    audit,
    commit,
    announce,
    expire,
    managedSecretOf,
    managementCredential,
    generateApiKey: createGenerateApiKey({
      send,
      baseUrl,
      timeoutMs,
      now,
      sleep,
      random: Math.random,
      newIdempotencyKey: randomUUID,
    }),
    rules,
    now,
    log,
    metrics,
  });
  const probe = createProbe({ send, baseUrl, timeoutMs });
  return { ...wired, readNewest, managementCredential, rotate, probe, send };
}
