import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failAt, hold, rotateWith, STEPS } from '../../../test/support/rotation-function.ts';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';
import type { RotationStep } from './rotation.ts';

const SecretId = 'app';

let used: SecretsManagerInUse;
let calls: readonly RotationStep[];

beforeEach(async () => {
  used = await useSecretsManager();
  used.local.put(SecretId, 'old');
  calls = [];
});
afterEach(() => used.close());

const rotate = () => used.client.send(new RotateSecretCommand({ SecretId }));
const describeSecret = () => used.client.send(new DescribeSecretCommand({ SecretId }));
const names = () => calls.map(({ Step }) => Step);
const staged = () => used.local.staged(SecretId);

describe('a rotation with a failed step', () => {
  it('starts again from the first step with the same token', async () => {
    calls = rotateWith(used, failAt('testSecret', 1));
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(names()).toEqual(['createSecret', 'setSecret', 'testSecret', ...STEPS]);
    expect(new Set(calls.map(({ ClientRequestToken }) => ClientRequestToken))).toEqual(new Set([VersionId]));
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });

  it('is given up after five attempts, and keeps their errors', async () => {
    calls = rotateWith(used, failAt('setSecret', Number.POSITIVE_INFINITY));
    const old = staged().AWSCURRENT;
    await rotate();
    await used.local.idle();
    expect(names().filter((name) => name === 'setSecret')).toHaveLength(5);
    expect(used.local.failures.map(({ step, error }) => [step.Step, String(error)])).toEqual(
      Array(5).fill(['setSecret', 'Error: setSecret failed']),
    );
    expect(staged().AWSCURRENT).toEqual(old);
    expect((await describeSecret()).LastRotatedDate).toBeUndefined();
  });

  it('is restarted with its token by the next RotateSecret, which is rejected', async () => {
    calls = rotateWith(used, failAt('testSecret', 5));
    const { VersionId } = await rotate();
    await used.local.idle();
    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    await used.local.idle();
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });

  it('does not run twice at the same time', async () => {
    const held = hold('testSecret');
    calls = rotateWith(used, held.before);
    await rotate();
    await held.reached;
    await expect(rotate()).rejects.toThrow("A previous rotation isn't complete.");
    held.release();
    await used.local.idle();
    expect(names()).toEqual(STEPS);
  });

  it('is replaced by a new rotation if its version is already current', async () => {
    await used.close();
    used = await useSecretsManager({ retryPauseMs: 60_000 });
    used.local.put(SecretId, 'old');
    let hasFailed = false;
    calls = rotateWith(used, async ({ Step, ClientRequestToken: token }) => {
      if (Step !== 'finishSecret' || hasFailed) return;
      hasFailed = true;
      const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token };
      const from = staged().AWSCURRENT?.id;
      await used.client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: from }));
      throw new Error('after AWSCURRENT was moved');
    });
    await rotate();
    await vi.waitFor(() => expect(used.local.failures).toHaveLength(1));
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(names()).toEqual([...STEPS, ...STEPS]);
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });
});

describe('a rotation that waits for its next attempt', () => {
  beforeEach(async () => {
    await used.close();
    used = await useSecretsManager({ retryPauseMs: 60_000 });
    used.local.put(SecretId, 'old');
    calls = rotateWith(used, failAt('createSecret', Number.POSITIVE_INFINITY));
    await rotate();
    await vi.waitFor(() => expect(used.local.failures).toHaveLength(1));
  });

  it('is ended by CancelRotateSecret, which turns rotation off and leaves AWSPENDING', async () => {
    const { Name } = await used.client.send(new CancelRotateSecretCommand({ SecretId }));
    await used.local.idle();
    expect([Name, names()]).toEqual([SecretId, ['createSecret']]);
    expect(await describeSecret()).toMatchObject({ RotationEnabled: false });
    expect(staged()).toHaveProperty('AWSPENDING');
  });

  it('ends when Secrets Manager is closed', async () => {
    await used.local.close();
    await used.local.idle();
    expect(names()).toEqual(['createSecret']);
  });
});

it('CancelRotateSecret ends a rotation after its current step', async () => {
  const held = hold('setSecret');
  calls = rotateWith(used, held.before);
  await rotate();
  await held.reached;
  await used.client.send(new CancelRotateSecretCommand({ SecretId }));
  held.release();
  await used.local.idle();
  expect(names()).toEqual(['createSecret', 'setSecret']);
});
