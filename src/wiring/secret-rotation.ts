import { v7 as uuidv7 } from 'uuid';
import type { RotationConfig } from '../config/config.ts';
import type { RotateSecret } from '../secret-rotation/rotate-secret.ts';
import { assembleSecretRotation } from './assemble-secret-rotation.ts';
import type { Runtime } from './audit.ts';
import { wireRotation } from './rotation.ts';

/** Puts the four steps of Secrets Manager's rotation together. `sleep` lets time (ms) pass between two probes. */
export function wireSecretRotation(
  config: RotationConfig,
  runtime: Runtime,
  sleep: (ms: number) => Promise<unknown>,
): RotateSecret {
  const { now, metrics } = runtime;
  const wired = wireRotation(config, runtime);
  const { audit, rotate, probe, recordKeyEvent, credentialOf, openRotatingSecret, managementCredential } =
    wired;
  const rotateSecret = assembleSecretRotation({
    audit,
    rotate,
    recordKeyEvent,
    managementCredential,
    probe,
    credentialOf,
    openSecret: openRotatingSecret,
    newId: uuidv7,
    now,
    sleep,
    metrics,
  });
  return async (request) => {
    await wired.refreshManagedSecrets();
    return rotateSecret(request);
  };
}
