import type { ApiCredential } from '../rotation/api-credential.ts';
import type { RecordKeyEvent } from '../rotation/key-events.ts';
import type {
  AuditLog,
  Clock,
  ManagedSecret,
  ManagementCredential,
  Metrics,
  Probe,
} from '../rotation/ports.ts';
import type { Rotate } from '../rotation/rotate-command.ts';
import { createCreateSecret } from '../secret-rotation/create-secret.ts';
import { createRotateSecret, type RotateSecret } from '../secret-rotation/rotate-secret.ts';
import { createTestSecret } from '../secret-rotation/test-secret.ts';
import { createTestSetUp } from '../secret-rotation/test-set-up.ts';

/** Puts together, from its ports, the four steps of Secrets Manager's rotation. */
export function assembleSecretRotation(ports: {
  audit: AuditLog;
  rotate: Rotate;
  recordKeyEvent: RecordKeyEvent;
  managementCredential: ManagementCredential;
  probe: Probe;
  /** The API credential whose key is in the secret of this name and ARN. */
  credentialOf: (name: string, arn: string) => ApiCredential | undefined;
  openSecret: (id: string) => ManagedSecret;
  newId: () => string;
  now: Clock;
  /** Lets time (ms) pass between two probes. */
  sleep: (ms: number) => Promise<unknown>;
  metrics: Metrics;
}): RotateSecret {
  const { audit, rotate, recordKeyEvent, managementCredential, probe, credentialOf, openSecret } = ports;
  const { newId, now, sleep, metrics } = ports;
  return createRotateSecret({
    createSecret: createCreateSecret({ rotate, newId, now, metrics }),
    testSetUp: createTestSetUp({ managementCredential, probe }),
    testSecret: createTestSecret({ probe, recordKeyEvent, now, sleep }),
    audit,
    recordKeyEvent,
    credentialOf,
    openSecret,
    probe,
    sleep,
  });
}
