import { randomUUID } from 'node:crypto';
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RotationStep } from './rotation.ts';
import { type LocalSecretsManager, startSecretsManager } from './server.ts';

let local: LocalSecretsManager;
let client: SecretsManagerClient;
let first: string;

beforeEach(async () => {
  local = await startSecretsManager({ retryPauseMs: 0 });
  client = new SecretsManagerClient({
    endpoint: local.url,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const { VersionId = '' } = await client.send(new CreateSecretCommand({ Name: 'app', SecretString: 'one' }));
  first = VersionId;
});
afterEach(async () => {
  client.destroy();
  await local.close();
});

const put = (SecretString: string, VersionStages?: string[], ClientRequestToken: string = randomUUID()) =>
  client.send(
    new PutSecretValueCommand({
      SecretId: 'app',
      SecretString,
      ClientRequestToken,
      ...(VersionStages && { VersionStages }),
    }),
  );
const get = (which: { VersionId?: string; VersionStage?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId: 'app', ...which }));
const stages = async () =>
  (await client.send(new DescribeSecretCommand({ SecretId: 'app' }))).VersionIdsToStages;
const move = (VersionStage: string, to?: string, from?: string) =>
  client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: 'app',
      VersionStage,
      MoveToVersionId: to,
      RemoveFromVersionId: from,
    }),
  );

describe('versions, as AWS Secrets Manager has them', () => {
  it('that are put are current, and the one before is previous', async () => {
    const { VersionId = '' } = await put('two');
    expect(await stages()).toEqual({ [VersionId]: ['AWSCURRENT'], [first]: ['AWSPREVIOUS'] });
    expect((await get()).SecretString).toBe('two');
  });

  it('that are put as AWSPENDING leave the current one alone', async () => {
    const { VersionId = '' } = await put('two', ['AWSPENDING']);
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [VersionId]: ['AWSPENDING'] });
    expect((await get({ VersionStage: 'AWSPENDING' })).SecretString).toBe('two');
    expect((await get({ VersionId })).VersionStages).toEqual(['AWSPENDING']);
  });

  it('take AWSPENDING from whichever has it', async () => {
    await put('two', ['AWSPENDING']);
    const { VersionId = '' } = await put('three', ['AWSPENDING']);
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [VersionId]: ['AWSPENDING'] });
  });

  it('with the same token are one, and with another value are refused', async () => {
    const token = randomUUID();
    await put('two', ['AWSPENDING'], token);
    await put('two', ['AWSPENDING'], token);
    await expect(put('three', ['AWSPENDING'], token)).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('that do not exist are not found', async () => {
    const missing = { name: 'ResourceNotFoundException' };
    await expect(get({ VersionId: randomUUID() })).rejects.toMatchObject(missing);
    await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject(missing);
  });

  it('become current by moving the label, which takes the name of the one that loses it', async () => {
    const { VersionId = '' } = await put('two', ['AWSPENDING']);
    await expect(move('AWSCURRENT', VersionId)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move('AWSCURRENT', VersionId, VersionId)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await move('AWSCURRENT', VersionId, first);
    expect(await stages()).toEqual({ [VersionId]: ['AWSCURRENT', 'AWSPENDING'], [first]: ['AWSPREVIOUS'] });
  });

  it('can lose a label', async () => {
    const { VersionId = '' } = await put('two', ['AWSPENDING']);
    await move('AWSPENDING', undefined, VersionId);
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'] });
    expect((await get({ VersionId })).SecretString).toBe('two');
  });

  it('are refused with a token that is too short', async () => {
    await expect(put('two', [], 'short')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('RotateSecret, as AWS Secrets Manager has it', () => {
  const rotate = (token = randomUUID()) =>
    client.send(new RotateSecretCommand({ SecretId: 'app', ClientRequestToken: token }));
  const steps: RotationStep[] = [];
  const failing = (times: number) => {
    let failures = 0;
    local.rotateWith(async (step) => {
      steps.push(step);
      if (step.Step === 'testSecret' && failures < times) {
        failures += 1;
        throw new Error('not yet');
      }
      if (step.Step === 'createSecret') await put('two', ['AWSPENDING'], step.ClientRequestToken);
      if (step.Step === 'finishSecret') await move('AWSCURRENT', step.ClientRequestToken, first);
    });
  };
  beforeEach(() => {
    steps.length = 0;
  });

  it('calls the four steps in order, with a version that is staged and empty', async () => {
    failing(0);
    const { VersionId = '', ARN = '' } = await rotate();
    await local.idle();
    expect(steps).toEqual(
      ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((Step) => ({
        Step,
        SecretId: ARN,
        ClientRequestToken: VersionId,
      })),
    );
    expect((await get()).SecretString).toBe('two');
    const { LastRotatedDate, RotationEnabled } = await client.send(
      new DescribeSecretCommand({ SecretId: 'app' }),
    );
    expect([LastRotatedDate, RotationEnabled]).toEqual([expect.any(Date), true]);
  });

  it('begins again from the first step, with the same token, after an error', async () => {
    failing(1);
    await rotate();
    await local.idle();
    expect(steps.map(({ Step }) => Step)).toEqual([
      'createSecret',
      'setSecret',
      'testSecret',
      'createSecret',
      'setSecret',
      'testSecret',
      'finishSecret',
    ]);
    expect(new Set(steps.map((step) => step.ClientRequestToken)).size).toBe(1);
  });

  it('is given up after five tries, and tried again with the same token when it is asked for again', async () => {
    failing(5);
    const { VersionId } = await rotate();
    await local.idle();
    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    await local.idle();
    expect((await get()).VersionId).toBe(VersionId);
  });

  it('is refused where no function runs that could rotate', async () => {
    await expect(rotate()).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('can be switched off', async () => {
    failing(0);
    await rotate();
    await local.idle();
    await client.send(new CancelRotateSecretCommand({ SecretId: 'app' }));
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'app' }))).RotationEnabled).toBe(false);
  });
});
