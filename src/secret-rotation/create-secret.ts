import type { ApiCredential } from '../rotation/api-credential.ts';
import { countRotation } from '../rotation/count-rotation.ts';
import { hasHappened } from '../rotation/key-events.ts';
import type { Clock, ManagedSecret, Metrics } from '../rotation/ports.ts';
import type { Rotate, RotateResult } from '../rotation/rotate-command.ts';
import type { Requester, Rotation } from '../rotation/rotation.ts';
import type { SecretRotationRequest } from './request.ts';
import { SecretRotationError } from './step-failed.ts';

/** The version that is to get a key, and what is known of it. */
export type Target = Readonly<{
  secret: ManagedSecret;
  credential: ApiCredential;
  requestedBy: Requester;
  /** The rotation to this version, if one was begun. */
  earlier: Rotation | undefined;
}>;

export type CreateSecret = (request: SecretRotationRequest, target: Target) => Promise<void>;

/** Makes the step `createSecret`: a key from Adyen in the version. Throws `SecretRotationError` if none was made. */
export function createCreateSecret(deps: {
  rotate: Rotate;
  newId: () => string;
  now: Clock;
  metrics: Metrics;
}): CreateSecret {
  const { rotate, newId, now, metrics } = deps;

  return async (request, { secret, credential, requestedBy, earlier }) => {
    const { token, requestId, invocationEndsAt } = request;
    if (earlier?.status === 'started' && Date.parse(earlier.leaseExpiresAt) > now()) {
      throw new SecretRotationError(
        `another invocation may still create it, until ${earlier.leaseExpiresAt}`,
      );
    }
    await discardDead(secret, token, earlier);
    // A 204 of Adyen ended that try, and made no key for this version.
    if (earlier?.status === 'succeeded' && earlier.key) return;
    const result = await rotate({
      rotationId: rotationIdAfter(earlier, token),
      versionId: token,
      credential,
      request: { force: false },
      requestedBy,
      requestId,
      idempotencyKey: token,
      keyGoesTo: 'secret',
      invocationEndsAt,
    });
    countRotation(metrics, result);
    const fault = faultOf(result);
    if (fault !== undefined) throw new SecretRotationError(`no key was made: ${fault}`);
  };

  /** A rotation that ended without a key is followed by another one, to the same version. */
  function rotationIdAfter(earlier: Rotation | undefined, token: string): string {
    if (earlier === undefined) return token;
    return earlier.status === 'started' ? earlier.id : newId();
  }
}

/** Secrets Manager would return for ever to a version whose key will not become current. */
async function discardDead(
  secret: ManagedSecret,
  token: string,
  rotation: Rotation | undefined,
): Promise<void> {
  const isStalled = rotation?.status === 'succeeded' && hasHappened(rotation, 'superseded');
  const isLeftOver = !rotation && (await secret.read(token)) !== undefined;
  if (!isStalled && !isLeftOver) return;
  await secret.discard(token);
  throw new SecretRotationError(`${token} holds a key that will not become current: rotate again`);
}

/** Why there is no key, or `undefined` if there is one. */
function faultOf(result: RotateResult): string | undefined {
  switch (result.kind) {
    case 'issued':
      return undefined;
    case 'replayed':
      return result.rotation.status === 'succeeded' ? undefined : result.rotation.code;
    case 'no-key':
      return 'Adyen accepted and gave none';
    case 'failed':
      return result.rotation.code ?? 'unknown';
    case 'refused': {
      const { refusal } = result;
      return 'until' in refusal ? `${refusal.code} until ${refusal.until}` : refusal.code;
    }
  }
}
