import { hasHappened, issuedKeyOf, type RecordKeyEvent } from '../rotation/key-events.ts';
import type { Clock, ManagedSecret, Probe } from '../rotation/ports.ts';
import type { SucceededRotation } from '../rotation/rotation.ts';
import type { SecretRotationRequest } from './request.ts';
import { requirePending, SecretRotationError } from './step-failed.ts';

/** Between two probes of the key (ms). */
const PAUSE_MS = 15_000;
/** Kept back for the last probe and its record (ms). */
const RESERVE_MS = 20_000;

export type TestSecret = (
  request: SecretRotationRequest,
  secret: ManagedSecret,
  rotation: SucceededRotation,
) => Promise<void>;

/** Makes the step `testSecret`: probes the key until it works. Throws `SecretRotationError` if that takes too long. */
export function createTestSecret(deps: {
  probe: Probe;
  recordKeyEvent: RecordKeyEvent;
  now: Clock;
  sleep: (ms: number) => Promise<unknown>;
}): TestSecret {
  const { probe, recordKeyEvent, now, sleep } = deps;

  return async ({ token, invocationEndsAt }, secret, rotation) => {
    if (hasHappened(rotation, 'verified')) return;
    const { apiKey } = await requirePending(secret, token, sleep);
    for (;;) {
      const { kind, seen } = await probe(rotation.credential, apiKey);
      if (kind === 'works') return recordKeyEvent(issuedKeyOf(rotation), 'verified', seen);
      if (kind === 'another-credential' || now() + PAUSE_MS + RESERVE_MS > invocationEndsAt) {
        throw new SecretRotationError(`the new key does not work yet: ${seen}`);
      }
      await sleep(PAUSE_MS);
    }
  };
}
