import type { ApiCredential } from '../rotation/api-credential.ts';
import type { ManagedSecret, ManagementCredential, Probe } from '../rotation/ports.ts';
import { SecretRotationError } from './step-failed.ts';

/** Tests that a rotation could work, without one. Throws `SecretRotationError`, `Unavailable` or `ManagedSecretError`. */
export type TestSetUp = (credential: ApiCredential, secret: ManagedSecret) => Promise<void>;

/**
 * Makes the test that Secrets Manager asks for when a rotation is configured and not started at once: with
 * `RotateImmediately: false` it runs the step testSecret alone, on a version that it creates and then removes (API reference
 * of `RotateSecret`).
 */
export function createTestSetUp(deps: {
  managementCredential: ManagementCredential;
  probe: Probe;
}): TestSetUp {
  const { managementCredential, probe } = deps;
  return async (credential, secret) => {
    await managementCredential.get(credential);
    const current = await secret.readCurrent();
    if (!current) throw new SecretRotationError('the secret has no current key');
    const { kind, seen } = await probe(credential, current.apiKey);
    if (kind === 'another-credential') {
      throw new SecretRotationError(`the current key is not one of the API credential: ${seen}`);
    }
  };
}
