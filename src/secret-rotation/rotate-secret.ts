import type { Probe } from '../adyen/probe.ts';
import type { ManagedSecretIds } from '../config/managed-secrets.ts';
import type { AuditLog } from '../dynamodb/audit-log.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { idempotencyHash } from '../rotation/idempotency.ts';
import { hasHappened, type RecordKeyEvent } from '../rotation/key-events.ts';
import type { Rotate, RotateResult } from '../rotation/rotate-command.ts';
import type { Requester, Rotation } from '../rotation/rotation.ts';
import type { ManagedSecret } from '../secrets-manager/managed-secret.ts';
import { issuedBy } from '../workflow/issue-key.ts';

/** Between two questions whether the key works already (ms). */
const PAUSE_MS = 15_000;
/** Kept back for the last question and its note (ms). */
const RESERVE_MS = 20_000;

export const SECRET_ROTATION_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

/** What Secrets Manager asks of the function that rotates a secret. */
export type SecretRotationRequest = Readonly<{
  step: (typeof SECRET_ROTATION_STEPS)[number];
  /** The secret's ARN. */
  secretId: string;
  /** The version that is to become current. */
  token: string;
  requestId: string;
  /** When the invocation is ended from outside (ms since the epoch). */
  invocationEndsAt: number;
}>;

/** Ends a step. Secrets Manager calls again, with the same token, from the first step on. */
export class SecretRotationError extends Error {
  override readonly name = 'SecretRotationError';
}

/**
 * Makes the four steps of Secrets Manager's own rotation, each safe to repeat. It refuses a token that is not staged
 * and a step whose turn has not come. `AWSCURRENT` moves only to a key that was seen working.
 */
export function createSecretRotation(parts: {
  rotate: Rotate;
  audit: Pick<AuditLog, 'newest' | 'findByIdempotencyHash'>;
  recordKeyEvent: RecordKeyEvent;
  managedSecretIds: Pick<ManagedSecretIds, 'credentialOf'>;
  openSecret: (id: string) => ManagedSecret;
  probe: Probe;
  newId: () => string;
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
  onTried: (result: RotateResult) => void;
}): (request: SecretRotationRequest) => Promise<void> {
  const { rotate, audit, recordKeyEvent, managedSecretIds, openSecret, probe, newId, now, sleep, onTried } =
    parts;

  return async (request) => {
    const { step, token } = request;
    const secret = openSecret(request.secretId);
    const { arn, name, isRotated, stagesOf } = await secret.describe();
    const stages = stagesOf(token);
    if (!isRotated) throw new SecretRotationError(`${name} is not enabled for rotation`);
    if (!stages) throw new SecretRotationError(`${token} is no version of ${name} to be rotated`);
    const isCurrent = stages.includes('AWSCURRENT');
    if (isCurrent && step !== 'finishSecret') return;
    if (!isCurrent && !stages.includes('AWSPENDING')) {
      throw new SecretRotationError(`${token} is not staged as AWSPENDING of ${name}`);
    }
    const credential = managedSecretIds.credentialOf(name, arn);
    if (!credential) throw new SecretRotationError(`MANAGED_SECRETS names no API credential for ${name}`);
    const requestedBy: Requester = { source: 'secrets-manager', subject: arn };
    const find = () => findRotation(credential, requestedBy, token);

    switch (step) {
      case 'createSecret':
        return createSecret(request, secret, credential, requestedBy, await find());
      case 'setSecret':
        // Adyen has had the key since it made it.
        return void (await readPending(secret, token));
      case 'testSecret':
        return testSecret(request, secret, succeeded(await find()));
      case 'finishSecret':
        return finishSecret(secret, token, succeeded(await find()));
    }
  };

  /** The rotation to this version: also one that somebody else has begun and that Secrets Manager is to finish. */
  async function findRotation(credential: ApiCredential, requestedBy: Requester, token: string) {
    const newest = await audit.newest(credential);
    const kept = newest?.status === 'succeeded' ? newest.secret : undefined;
    if (kept && 'versionId' in kept && kept.versionId === token) return newest;
    return audit.findByIdempotencyHash(credential, idempotencyHash(requestedBy, token));
  }

  async function createSecret(
    { token, requestId, invocationEndsAt }: SecretRotationRequest,
    secret: ManagedSecret,
    credential: ApiCredential,
    requestedBy: Requester,
    earlier: Rotation | undefined,
  ): Promise<void> {
    if (earlier?.status === 'started' && Date.parse(earlier.leaseExpiresAt) > now()) {
      throw new SecretRotationError(
        `another invocation may still create it, until ${earlier.leaseExpiresAt}`,
      );
    }
    await discardDead(secret, token, earlier);
    if (earlier?.status === 'succeeded') return;
    const result = await rotate({
      // A rotation that has ended without a key is followed by another one, to the same version.
      rotationId: earlier === undefined ? token : earlier.status === 'started' ? earlier.id : newId(),
      versionId: token,
      credential,
      requestedBy,
      requestId,
      force: false,
      idempotencyKey: token,
      keyGoesTo: 'secret',
      invocationEndsAt,
    });
    onTried(result);
    const fault = faultOf(result);
    if (fault !== undefined) throw new SecretRotationError(`no key was made: ${fault}`);
  }

  /** Secrets Manager would come back for ever to a version whose key will not become current. */
  async function discardDead(secret: ManagedSecret, token: string, rotation: Rotation | undefined) {
    const isStalled = rotation?.status === 'succeeded' && hasHappened(rotation, 'stalled');
    const isLeftOver = !rotation && (await secret.read(token)) !== undefined;
    if (!isStalled && !isLeftOver) return;
    await secret.discard(token);
    throw new SecretRotationError(`${token} holds a key that will not become current: rotate again`);
  }

  async function testSecret(
    { token, invocationEndsAt }: SecretRotationRequest,
    secret: ManagedSecret,
    rotation: Extract<Rotation, { status: 'succeeded' }>,
  ): Promise<void> {
    if (hasHappened(rotation, 'verified')) return;
    const { apiKey } = await readPending(secret, token);
    for (;;) {
      const { kind, seen } = await probe(rotation.credential, apiKey);
      if (kind === 'works') return void (await recordKeyEvent(issuedBy(rotation), 'verified', seen));
      if (kind === 'another-credential' || now() + PAUSE_MS + RESERVE_MS > invocationEndsAt) {
        throw new SecretRotationError(`the new key does not work yet: ${seen}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  async function finishSecret(
    secret: ManagedSecret,
    token: string,
    rotation: Extract<Rotation, { status: 'succeeded' }>,
  ): Promise<void> {
    if (!hasHappened(rotation, 'verified'))
      throw new SecretRotationError('testSecret has not seen the key working');
    const promotion = await secret.promote(token);
    await recordKeyEvent(issuedBy(rotation), promotion);
  }
}

/** Why there is no key, or `undefined` where there is one. */
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

async function readPending(secret: ManagedSecret, token: string) {
  const pending = await secret.read(token);
  if (!pending) throw new SecretRotationError('createSecret has not put a key there');
  return pending;
}

function succeeded(rotation: Rotation | undefined) {
  if (rotation?.status === 'succeeded') return rotation;
  throw new SecretRotationError('createSecret has not come to its end');
}
