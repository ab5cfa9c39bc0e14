import { v7 as uuidv7 } from 'uuid';
import type { RotationConfig } from '../config/config.ts';
import { createCreateSecret } from '../secret-rotation/create-secret.ts';
import { createRotateSecret, type RotateSecret } from '../secret-rotation/rotate-secret.ts';
import { createTestSecret } from '../secret-rotation/test-secret.ts';
import { createTestSetUp } from '../secret-rotation/test-set-up.ts';
import type { Runtime } from './audit.ts';
import { wireRotation } from './rotation.ts';

/** Puts the four steps of Secrets Manager's rotation together. `sleep` lets time (ms) pass between two probes. */
export function wireSecretRotation(
  config: RotationConfig,
  runtime: Runtime,
  sleep: (ms: number) => Promise<unknown>,
): RotateSecret {
  const { now, metrics } = runtime;
  const { audit, rotate, probe, recordKeyEvent, credentialOf, openSecret, managementCredential } =
    wireRotation(config, runtime);
  return createRotateSecret({
    createSecret: createCreateSecret({ rotate, newId: uuidv7, now, metrics }),
    testSetUp: createTestSetUp({ managementCredential, probe }),
    testSecret: createTestSecret({ probe, recordKeyEvent, now, sleep }),
    audit,
    recordKeyEvent,
    credentialOf,
    openSecret,
    sleep,
  });
}
