import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

const rotate = (input: object = {}) => used.client.send(new RotateSecretCommand({ SecretId, ...input }));
const describeSecret = () => used.client.send(new DescribeSecretCommand({ SecretId }));
const staged = () => used.local.staged(SecretId);

describe('RotateSecret', () => {
  it('is rejected and changes nothing before a rotation function is set', async () => {
    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'No rotation function runs here.',
    });
    expect(await describeSecret()).toMatchObject({ RotationEnabled: false });
  });

  it('calls the four steps in order, with the ARN and one token', async () => {
    calls = rotateWith(used);
    const { ARN, Name, VersionId } = await rotate();
    await used.local.idle();
    expect(Name).toBe(SecretId);
    expect(calls).toEqual(STEPS.map((Step) => ({ Step, SecretId: ARN, ClientRequestToken: VersionId })));
  });

  it('ends with a new current version and the time of the rotation', async () => {
    calls = rotateWith(used);
    const old = staged().AWSCURRENT;
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(staged()).toMatchObject({ AWSCURRENT: { id: VersionId }, AWSPREVIOUS: old });
    expect((await describeSecret()).LastRotatedDate).toBeInstanceOf(Date);
  });

  it('responds before the function does, with a pending version that has no value', async () => {
    const held = hold('createSecret');
    calls = rotateWith(used, held.before);
    const ClientRequestToken = randomUUID();
    expect(await rotate({ ClientRequestToken })).toMatchObject({ VersionId: ClientRequestToken });
    await held.reached;
    expect((await describeSecret()).VersionIdsToStages).toMatchObject({
      [ClientRequestToken]: ['AWSPENDING'],
    });
    const read = new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPENDING' });
    await expect(used.client.send(read)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    held.release();
    await used.local.idle();
  });

  it('does nothing more if the same token comes again after its rotation', async () => {
    calls = rotateWith(used);
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(await rotate({ ClientRequestToken: VersionId })).toMatchObject({ VersionId });
    await used.local.idle();
    expect(calls).toHaveLength(4);
  });

  it('is not complete while AWSPENDING is on another version than AWSCURRENT', async () => {
    used.local.rotateWith(async () => {});
    await rotate();
    await used.local.idle();
    expect(used.local.failures.map(({ step }) => step.Step)).toEqual(Array(5).fill('finishSecret'));
    expect((await describeSecret()).LastRotatedDate).toBeUndefined();
  });

  it('is rejected if a rotation has left its version behind, and that rotation is tried again', async () => {
    calls = rotateWith(used, failAt('testSecret', 5));
    const { VersionId } = await rotate();
    await used.local.idle();
    const again = { ClientRequestToken: randomUUID(), RotateImmediately: false };
    await expect(rotate(again)).rejects.toThrow("A previous rotation isn't complete.");
    await used.local.idle();
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });
});

describe('RotateSecret with RotateImmediately false', () => {
  const settings = {
    RotationLambdaARN: 'arn:aws:lambda:eu-west-1:000000000000:function:rotate',
    RotationRules: { AutomaticallyAfterDays: 30 },
  };

  it('saves its settings for a later rotation', async () => {
    calls = rotateWith(used);
    expect((await rotate({ ...settings, RotateImmediately: false })).VersionId).toBeUndefined();
    await used.local.idle();
    await rotate();
    await used.local.idle();
    expect(await describeSecret()).toMatchObject({ RotationEnabled: true, ...settings });
  });

  it('tests the set-up: it calls testSecret alone, on a pending version without a value', async () => {
    const held = hold('testSecret');
    calls = rotateWith(used, held.before);
    const ClientRequestToken = randomUUID();
    const { ARN } = await rotate({ ClientRequestToken, RotateImmediately: false });
    await held.reached;
    expect(staged().AWSPENDING).toEqual({ id: ClientRequestToken, value: undefined });
    held.release();
    await used.local.idle();
    expect(calls).toEqual([{ Step: 'testSecret', SecretId: ARN, ClientRequestToken }]);
  });

  it.each([
    ['has passed', 0],
    ['has failed', 1],
  ])('removes that version when the test %s, and the next rotation rotates', async (_how, failures) => {
    calls = rotateWith(used, failAt('testSecret', failures));
    const before = (await describeSecret()).VersionIdsToStages;
    await rotate({ RotateImmediately: false });
    await used.local.idle();
    expect(used.local.failures).toHaveLength(failures);
    expect(await describeSecret()).toMatchObject({ RotationEnabled: true, VersionIdsToStages: before });
    expect((await describeSecret()).LastRotatedDate).toBeUndefined();
    const { VersionId } = await rotate();
    await used.local.idle();
    expect(staged().AWSCURRENT?.id).toBe(VersionId);
  });
});
