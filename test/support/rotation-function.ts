import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import type { InvokeRotation, RotationStep } from '../../src/local/secrets-manager/rotation.ts';
import type { SecretsManagerInUse } from './secrets-manager.ts';

/** The steps that AWS calls a rotation function with, in sequence. */
export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/**
 * Sets a rotation function that works as AWS documents it, and returns the list of its calls.
 *
 * @param before runs before each step, and may throw
 * @param after runs after each step, and may throw
 */
export function rotateWith(
  { local, client }: SecretsManagerInUse,
  before: InvokeRotation = async () => {},
  after: InvokeRotation = async () => {},
): readonly RotationStep[] {
  const calls: RotationStep[] = [];
  local.rotateWith(async (step) => {
    calls.push(step);
    await before(step);
    const { Step, SecretId, ClientRequestToken: token } = step;
    if (Step === 'createSecret') {
      const pending = { SecretId, ClientRequestToken: token, VersionStages: ['AWSPENDING'] };
      await client.send(new PutSecretValueCommand({ ...pending, SecretString: `value ${token}` }));
    }
    const current = local.staged(SecretId).AWSCURRENT?.id;
    if (Step === 'finishSecret' && current !== token) {
      const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token };
      await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: current }));
    }
    await after(step);
  });
  return calls;
}

/** Throws before a step, this many times. */
export function failAt(Step: string, times: number): InvokeRotation {
  let left = times;
  return async (step) => {
    if (step.Step !== Step || left === 0) return;
    left -= 1;
    throw new Error(`${Step} failed`);
  };
}

/** Holds a step until `release`. */
export function hold(Step: string) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const before: InvokeRotation = async (step) => {
    if (step.Step !== Step) return;
    reached.resolve();
    await released.promise;
  };
  return { before, reached: reached.promise, release: () => released.resolve() };
}
