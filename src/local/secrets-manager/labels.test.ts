import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';

let used: SecretsManagerInUse;
/** A secret of each test's own, and its first version, which is current. */
let SecretId: string;
let first: string;

beforeAll(async () => {
  used = await useSecretsManager();
});
afterAll(() => used.close());
beforeEach(() => {
  SecretId = `app/${randomUUID()}`;
  used.local.put(SecretId, 'first');
  first = used.local.staged(SecretId).AWSCURRENT?.id ?? '';
});

const move = (VersionStage: string, versions: { RemoveFromVersionId?: string; MoveToVersionId?: string }) =>
  used.client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, ...versions }));
const stages = async () =>
  (await used.client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages;

/** A version that is there for a rotation, as `AWSPENDING`. */
async function pend(): Promise<string> {
  const pending = { SecretId, SecretString: 'pending', VersionStages: ['AWSPENDING'] };
  const { VersionId = '' } = await used.client.send(new PutSecretValueCommand(pending));
  return VersionId;
}

describe('UpdateSecretVersionStage', () => {
  it('moves AWSCURRENT, and AWSPREVIOUS to the version that it left', async () => {
    const pending = await pend();
    await move('AWSCURRENT', { RemoveFromVersionId: first, MoveToVersionId: pending });
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [pending]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  it('goes back to the previous version', async () => {
    used.local.put(SecretId, 'second');
    const second = used.local.staged(SecretId).AWSCURRENT?.id ?? '';
    await move('AWSCURRENT', { RemoveFromVersionId: second, MoveToVersionId: first });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [second]: ['AWSPREVIOUS'] });
  });

  it('attaches a label that is on no version', async () => {
    await move('blue', { MoveToVersionId: first });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT', 'blue'] });
  });

  it('takes a label off', async () => {
    await move('AWSPENDING', { RemoveFromVersionId: await pend() });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'] });
  });

  it('is refused where the version that has the label is not named', async () => {
    await expect(move('AWSCURRENT', { MoveToVersionId: await pend() })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(`currently attached to version ${first}`),
    });
  });

  it('is refused where another version has the label than the one named', async () => {
    const pending = await pend();
    const wrong = move('AWSCURRENT', { RemoveFromVersionId: pending, MoveToVersionId: pending });
    await expect(wrong).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect((await stages())?.[first]).toEqual(['AWSCURRENT']);
  });

  it('is refused for AWSCURRENT to be on no version', async () => {
    await expect(move('AWSCURRENT', { RemoveFromVersionId: first })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('is refused where it names no version', async () => {
    await expect(move('AWSCURRENT', {})).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('is refused for a version that is not there', async () => {
    await expect(move('blue', { MoveToVersionId: randomUUID() })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
