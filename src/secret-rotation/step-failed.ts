import type { ManagedSecret, StoredKey } from '../rotation/ports.ts';
import type { Rotation, SucceededRotation } from '../rotation/rotation.ts';

/**
 * Ends a step. Secrets Manager "retries the entire rotation process multiple times" (user guide, "Rotation by Lambda
 * function"), with the same token: its version is still `AWSPENDING`. How often and when is not documented.
 */
export class SecretRotationError extends Error {
  override readonly name = 'SecretRotationError';
}

/** A version that was just written may not be visible for some seconds (aws-sdk-js-v3 issue 7701): how often to look. */
export const LOOKS = 5;
export const PAUSE_MS = 2_000;

/** The key that `createSecret` stored. Throws {@link SecretRotationError} if there is none. */
export async function requirePending(
  secret: ManagedSecret,
  token: string,
  sleep: (ms: number) => Promise<unknown>,
): Promise<StoredKey> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const pending = await secret.read(token);
    if (pending) return pending;
    if (look < LOOKS) await sleep(PAUSE_MS);
  }
  throw new SecretRotationError('createSecret has not stored a key');
}

/** The rotation that made the key. Throws {@link SecretRotationError} if it has not succeeded. */
export function requireSucceeded(rotation: Rotation | undefined): SucceededRotation {
  if (rotation?.status === 'succeeded') return rotation;
  throw new SecretRotationError('createSecret has not finished');
}
