import type { ApiCredential } from '../rotation/api-credential.ts';
import { isInUseDead } from '../rotation/dead-key.ts';
import { idempotencyHash } from '../rotation/idempotency.ts';
import { hasHappened, issuedKeyOf, type RecordKeyEvent, storedVersionOf } from '../rotation/key-events.ts';
import type { AuditLog, ManagedSecret, Probe, SecretDescription } from '../rotation/ports.ts';
import type { Requester, Rotation, SucceededRotation } from '../rotation/rotation.ts';
import type { CreateSecret } from './create-secret.ts';
import type { SecretRotationRequest } from './request.ts';
import { LOOKS, PAUSE_MS, requirePending, requireSucceeded, SecretRotationError } from './step-failed.ts';
import type { TestSecret } from './test-secret.ts';
import type { TestSetUp } from './test-set-up.ts';

export type RotateSecret = (request: SecretRotationRequest) => Promise<void>;

/**
 * Makes the four steps of Secrets Manager's own rotation, each safe to repeat. It refuses a token that is not staged
 * and a step that comes too early. `AWSCURRENT` moves only to a key that was seen working.
 */
export function createRotateSecret(deps: {
  createSecret: CreateSecret;
  testSecret: TestSecret;
  testSetUp: TestSetUp;
  audit: Pick<AuditLog, 'newest' | 'findByIdempotencyHash'>;
  recordKeyEvent: RecordKeyEvent;
  /** The API credential whose key is in the secret of this name and ARN. */
  credentialOf: (name: string, arn: string) => ApiCredential | undefined;
  openSecret: (id: string) => ManagedSecret;
  probe: Probe;
  sleep: (ms: number) => Promise<unknown>;
}): RotateSecret {
  const {
    createSecret,
    testSecret,
    testSetUp,
    audit,
    recordKeyEvent,
    credentialOf,
    openSecret,
    probe,
    sleep,
  } = deps;

  return async (request) => {
    const { step, token } = request;
    const secret = openSecret(request.secretId);
    const description = await describeUntilVisible(secret, token);
    const { arn, name } = description;
    if (isDone(description, token) && step !== 'finishSecret') return;
    const credential = credentialOf(name, arn);
    if (!credential) throw new SecretRotationError(`MANAGED_SECRETS names no API credential for ${name}`);
    const requestedBy: Requester = { source: 'secrets-manager', subject: arn };
    const find = () => findRotation(credential, requestedBy, token);

    switch (step) {
      case 'createSecret':
        return createSecret(request, { secret, credential, requestedBy, earlier: await find() });
      case 'setSecret':
        // Nothing to set: Adyen has had the key since it made it.
        return void (await requirePending(secret, token, sleep));
      case 'testSecret': {
        const rotation = await find();
        // `--no-rotate-immediately` calls this step alone, on a version that nothing was created for.
        return rotation
          ? testSecret(request, secret, requireSucceeded(rotation))
          : testSetUp(credential, secret);
      }
      case 'finishSecret':
        return finishSecret(secret, token, requireSucceeded(await find()));
    }
  };

  /** A version that was just staged may not be visible for some seconds. */
  async function describeUntilVisible(secret: ManagedSecret, token: string): Promise<SecretDescription> {
    for (let look = 1; ; look += 1) {
      const description = await secret.describe();
      if (look === LOOKS || description.stagesOf(token)) return description;
      await sleep(PAUSE_MS);
    }
  }

  /** The rotation to this version. Another trigger may have begun it, and Secrets Manager finishes it. */
  async function findRotation(
    credential: ApiCredential,
    requestedBy: Requester,
    token: string,
  ): Promise<Rotation | undefined> {
    const newest = await audit.newest(credential);
    if (newest && storedVersionOf(newest)?.versionId === token) return newest;
    return audit.findByIdempotencyHash(credential, idempotencyHash(requestedBy, token));
  }

  async function finishSecret(
    secret: ManagedSecret,
    token: string,
    rotation: SucceededRotation,
  ): Promise<void> {
    if (!hasHappened(rotation, 'verified')) {
      throw new SecretRotationError('testSecret has not seen the key working');
    }
    const wasDead = await isInUseDead(rotation.credential, secret, probe);
    const promotion = await secret.promote(token, 'pending');
    await recordKeyEvent(issuedKeyOf(rotation), promotion);
    if (promotion === 'promoted') {
      if (wasDead) await recordKeyEvent(issuedKeyOf(rotation), 'healed', 'the key in use was dead');
      return;
    }
    // As after an operator's rollback: this version must not come back, and its label would block the next rotation.
    await secret.discard(token);
    throw new SecretRotationError(`${token} was current before or has lost its place: rotate again`);
  }
}

/** Whether the version is current already. Throws {@link SecretRotationError} if it is not one to be rotated. */
function isDone({ name, isRotated, stagesOf }: SecretDescription, token: string): boolean {
  const stages = stagesOf(token);
  if (!isRotated) throw new SecretRotationError(`${name} is not enabled for rotation`);
  if (!stages) throw new SecretRotationError(`${token} is no version of ${name} to be rotated`);
  if (stages.includes('AWSCURRENT')) return true;
  if (stages.includes('AWSPENDING')) return false;
  throw new SecretRotationError(`${token} is not staged as AWSPENDING of ${name}`);
}
