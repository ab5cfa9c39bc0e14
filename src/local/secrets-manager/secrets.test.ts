import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
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
beforeEach(async () => {
  SecretId = `app/${randomUUID()}`;
  first = randomUUID();
  await create({ ClientRequestToken: first, SecretString: 'first' });
});

const create = (input: object) => used.client.send(new CreateSecretCommand({ Name: SecretId, ...input }));
const get = (which: object = {}) => used.client.send(new GetSecretValueCommand({ SecretId, ...which }));
const put = (ClientRequestToken: string, SecretString: string, VersionStages?: string[]) =>
  used.client.send(
    new PutSecretValueCommand({
      SecretId,
      ClientRequestToken,
      SecretString,
      ...(VersionStages && { VersionStages }),
    }),
  );
const stages = async () =>
  (await used.client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages;

/** A version with a value that is there for a rotation, as `AWSPENDING`. */
async function pend(): Promise<string> {
  const id = randomUUID();
  await put(id, 'pending', ['AWSPENDING']);
  return id;
}

describe('CreateSecret', () => {
  it('makes a secret with a current value', async () => {
    expect(await get()).toMatchObject({ Name: SecretId, VersionId: first, SecretString: 'first' });
  });

  it('makes a secret without a version where it is given no value', async () => {
    const Name = `empty/${randomUUID()}`;
    expect((await create({ Name })).VersionId).toBeUndefined();
    await expect(get({ SecretId: Name })).rejects.toThrow(
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT.",
    );
  });

  it('is refused for a name that is taken', async () => {
    await expect(create({ SecretString: 'again' })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('is refused for a name that no secret may have', async () => {
    await expect(create({ Name: 'a b' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('GetSecretValue', () => {
  it('tells the labels of the version and when it was made', async () => {
    const { ARN, VersionStages, CreatedDate } = await get();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:/);
    expect(VersionStages).toEqual(['AWSCURRENT']);
    expect(Math.abs(Date.now() - Number(CreatedDate))).toBeLessThan(10_000);
  });

  it('reads a version by its id, its label, and both', async () => {
    const VersionId = await pend();
    for (const which of [
      { VersionId },
      { VersionStage: 'AWSPENDING' },
      { VersionId, VersionStage: 'AWSPENDING' },
    ]) {
      expect(await get(which)).toMatchObject({ VersionId, SecretString: 'pending' });
    }
  });

  it('says which version or label is missing', async () => {
    const VersionId = randomUUID();
    const missing = "Secrets Manager can't find the specified secret value for";
    await expect(get({ VersionId })).rejects.toThrow(`${missing} VersionId: ${VersionId}.`);
    await expect(get({ VersionId, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `${missing} staging label: AWSPENDING.`,
    });
  });

  it('is refused for a label that is not on the version', async () => {
    await expect(get({ VersionId: first, VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    });
  });
});

describe('PutSecretValue', () => {
  it('makes a version that is current, and the one before it previous', async () => {
    const second = randomUUID();
    expect(await put(second, 'second')).toMatchObject({ VersionId: second, VersionStages: ['AWSCURRENT'] });
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] });
  });

  it('leaves the current version alone where the label is another', async () => {
    const pending = await pend();
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [pending]: ['AWSPENDING'] });
  });

  it('moves a label from whichever version has it', async () => {
    await pend();
    const pending = await pend();
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [pending]: ['AWSPENDING'] });
  });

  it('makes the first version of a secret current too', async () => {
    SecretId = `empty/${randomUUID()}`;
    await create({});
    const id = await pend();
    expect(await stages()).toEqual({ [id]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  it('answers the same where the same version comes again', async () => {
    const id = randomUUID();
    const { $metadata: _once, ...once } = await put(id, 'second');
    const { $metadata: _again, ...again } = await put(id, 'second');
    expect(again).toEqual(once);
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [id]: ['AWSCURRENT'] });
  });

  it('is refused for another value of a version', async () => {
    await expect(put(first, 'other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect(await get()).toMatchObject({ SecretString: 'first' });
  });

  it.each([
    ['a token that is too short', 'short', ['AWSPENDING']],
    ['a token that is too long', 'x'.repeat(65), ['AWSPENDING']],
    ['no label at all', randomUUID(), []],
  ])('is refused for %s', async (_what, token, labels) => {
    await expect(put(token, 'value', labels)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('leaves a version that has lost its labels to be read by its id', async () => {
    const lost = await pend();
    await pend();
    expect(await get({ VersionId: lost })).toMatchObject({ SecretString: 'pending' });
  });
});
