import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';

const SecretId = 'app';
const LAG_MS = 3_000;

let used: SecretsManagerInUse;
let time: number;
beforeEach(async () => {
  time = Date.now();
  used = await useSecretsManager({ now: () => time, lagMs: LAG_MS });
  used.local.put(SecretId, 'old');
  time += LAG_MS;
});
afterEach(() => used.close());

const read = (which: object) => used.client.send(new GetSecretValueCommand({ SecretId, ...which }));
const put = (ClientRequestToken: string, SecretString: string) => {
  const VersionStages = ['AWSPENDING'];
  return used.client.send(
    new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages }),
  );
};
const stages = async () => {
  const { VersionIdsToStages } = await used.client.send(new DescribeSecretCommand({ SecretId }));
  return Object.values(VersionIdsToStages ?? {}).flat();
};

describe('a version that was just written', () => {
  it('is not visible for a moment, neither its value nor its label, and then it is', async () => {
    const VersionId = randomUUID();
    await put(VersionId, 'new');
    time += LAG_MS - 1;
    await expect(read({ VersionId })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(read({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await stages()).toEqual(['AWSCURRENT']);
    time += 1;
    expect(await read({ VersionId })).toMatchObject({ SecretString: 'new', VersionStages: ['AWSPENDING'] });
    expect((await stages()).sort()).toEqual(['AWSCURRENT', 'AWSPENDING']);
  });

  it('is known to writes at once: the same token with another value is rejected', async () => {
    const VersionId = randomUUID();
    await put(VersionId, 'new');
    await put(VersionId, 'new');
    await expect(put(VersionId, 'other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });
});

it('a label that was just moved is read where it was before, for a moment', async () => {
  const VersionId = randomUUID();
  await put(VersionId, 'new');
  const { VersionId: RemoveFromVersionId } = await read({});
  const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: VersionId, RemoveFromVersionId };
  await used.client.send(new UpdateSecretVersionStageCommand(move));
  expect((await read({})).SecretString).toBe('old');
  time += LAG_MS;
  expect((await read({})).SecretString).toBe('new');
});

it('a secret that was just created has no version, for a moment', async () => {
  used.local.put('another', 'value');
  const another = { SecretId: 'another' };
  await expect(read(another)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  time += LAG_MS;
  expect((await read(another)).SecretString).toBe('value');
});
