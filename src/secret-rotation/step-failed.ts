import type { ManagedSecret, StoredKey } from '../rotation/ports.ts';
import type { Rotation, SucceededRotation } from '../rotation/rotation.ts';

/** Ends a step. Secrets Manager calls again with the same token, from the first step on. */
export class SecretRotationError extends Error {
  override readonly name = 'SecretRotationError';
}

/** The key that `createSecret` stored. Throws {@link SecretRotationError} if there is none. */
export async function requirePending(secret: ManagedSecret, token: string): Promise<StoredKey> {
  const pending = await secret.read(token);
  if (pending) return pending;
  throw new SecretRotationError('createSecret has not stored a key');
}

/** The rotation that made the key. Throws {@link SecretRotationError} if it has not succeeded. */
export function requireSucceeded(rotation: Rotation | undefined): SucceededRotation {
  if (rotation?.status === 'succeeded') return rotation;
  throw new SecretRotationError('createSecret has not finished');
}
