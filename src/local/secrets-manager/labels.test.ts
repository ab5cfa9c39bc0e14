import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rotateWith } from '../../../test/support/rotation-function.ts';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';
import type { PendingLeaves } from './secrets.ts';

let used: SecretsManagerInUse;
/** The secret of one test, and its first version, which is current. */
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

/** Adds a version with the label `AWSPENDING`, as a rotation does. */
async function pend(): Promise<string> {
  const pending = { SecretId, SecretString: 'pending', VersionStages: ['AWSPENDING'] };
  const { VersionId = '' } = await used.client.send(new PutSecretValueCommand(pending));
  return VersionId;
}

describe('UpdateSecretVersionStage', () => {
  it('moves AWSCURRENT, and AWSPREVIOUS to the version that was current', async () => {
    const pending = await pend();
    await move('AWSCURRENT', { RemoveFromVersionId: first, MoveToVersionId: pending });
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [pending]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  it('moves AWSCURRENT back to the previous version', async () => {
    used.local.put(SecretId, 'second');
    const second = used.local.staged(SecretId).AWSCURRENT?.id ?? '';
    await move('AWSCURRENT', { RemoveFromVersionId: second, MoveToVersionId: first });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [second]: ['AWSPREVIOUS'] });
  });

  it('attaches a label that no version has', async () => {
    await move('blue', { MoveToVersionId: first });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT', 'blue'] });
  });

  it('removes a label', async () => {
    await move('AWSPENDING', { RemoveFromVersionId: await pend() });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'] });
  });

  it('is rejected if it does not name the version that has the label', async () => {
    await expect(move('AWSCURRENT', { MoveToVersionId: await pend() })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(`currently attached to version ${first}`),
    });
  });

  it('is rejected if it names a version that does not have the label', async () => {
    const pending = await pend();
    const wrong = move('AWSCURRENT', { RemoveFromVersionId: pending, MoveToVersionId: pending });
    await expect(wrong).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect((await stages())?.[first]).toEqual(['AWSCURRENT']);
  });

  it('is rejected if it would remove AWSCURRENT from the secret', async () => {
    await expect(move('AWSCURRENT', { RemoveFromVersionId: first })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('is rejected if the secret would have more than 20 labels', async () => {
    for (let count = 2; count <= 20; count += 1) await move(`label-${count}`, { MoveToVersionId: first });
    await expect(move('label-21', { MoveToVersionId: first })).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    expect((await stages())?.[first]).toHaveLength(20);
  });

  it('is rejected if it names no version', async () => {
    await expect(move('AWSCURRENT', {})).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('is rejected for an unknown version', async () => {
    await expect(move('blue', { MoveToVersionId: randomUUID() })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('AWSPENDING on a version that becomes current', () => {
  it.each<[PendingLeaves, string[], string[]]>([
    ['with-current', ['AWSCURRENT'], ['AWSCURRENT']],
    ['after-rotation', ['AWSPENDING', 'AWSCURRENT'], ['AWSCURRENT']],
    ['never', ['AWSPENDING', 'AWSCURRENT'], ['AWSPENDING', 'AWSCURRENT']],
  ])('can leave it %s', async (pendingLeaves, whenMoved, atTheEnd) => {
    const own = await useSecretsManager({ retryPauseMs: 0, pendingLeaves });
    own.local.put('app', 'first');
    const seen: string[][] = [];
    const look = async (token = '') => {
      const { VersionIdsToStages } = await own.client.send(new DescribeSecretCommand({ SecretId: 'app' }));
      seen.push((VersionIdsToStages?.[token] ?? []).sort().reverse());
    };
    rotateWith(own, undefined, ({ Step, ClientRequestToken }) =>
      Step === 'finishSecret' ? look(ClientRequestToken) : Promise.resolve(),
    );
    const { VersionId } = await own.client.send(new RotateSecretCommand({ SecretId: 'app' }));
    await own.local.idle();
    await look(VersionId);
    await own.close();
    expect(seen).toEqual([whenMoved, atTheEnd]);
  });
});
