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

describe('a rotation whose step throws', () => {
  it('begins again with the same token', async () => {
    calls = rotateWith(used, failAt('testSecret', 1));
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(names()).toEqual(['createSecret', 'setSecret', 'testSecret', ...STEPS]);
    expect(new Set(calls.map(({ ClientRequestToken }) => ClientRequestToken))).toEqual(new Set([VersionId]));
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });

  it('is given up after five tries, and tells why', async () => {
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

  it('is taken up again, with its token, by the next RotateSecret, which is refused', async () => {
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

  it('is not tried twice at a time', async () => {
    const held = hold('testSecret');
    calls = rotateWith(used, held.before);
    await rotate();
    await held.reached;
    await expect(rotate()).rejects.toThrow("A previous rotation isn't complete.");
    held.release();
    await used.local.idle();
    expect(names()).toEqual(STEPS);
  });

  it('makes way for a new rotation where its version is current already', async () => {
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
      throw new Error('after it has moved AWSCURRENT');
    });
    await rotate();
    await vi.waitFor(() => expect(used.local.failures).toHaveLength(1));
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(names()).toEqual([...STEPS, ...STEPS]);
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });
});

describe('a rotation that waits for its next try', () => {
  beforeEach(async () => {
    await used.close();
    used = await useSecretsManager({ retryPauseMs: 60_000 });
    used.local.put(SecretId, 'old');
    calls = rotateWith(used, failAt('createSecret', Number.POSITIVE_INFINITY));
    await rotate();
    await vi.waitFor(() => expect(used.local.failures).toHaveLength(1));
  });

  it('ends by CancelRotateSecret, which turns rotation off and leaves AWSPENDING', async () => {
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

it('CancelRotateSecret ends a rotation after the step that runs', async () => {
  const held = hold('setSecret');
  calls = rotateWith(used, held.before);
  await rotate();
  await held.reached;
  await used.client.send(new CancelRotateSecretCommand({ SecretId }));
  held.release();
  await used.local.idle();
  expect(names()).toEqual(['createSecret', 'setSecret']);
});
