import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';

let used: SecretsManagerInUse;
/** The secret of one test, and its first version, which is current. */
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

/** Adds a version with the label `AWSPENDING`, as a rotation does. */
async function pend(): Promise<string> {
  const id = randomUUID();
  await put(id, 'pending', ['AWSPENDING']);
  return id;
}

describe('CreateSecret', () => {
  it('creates a secret with a current value', async () => {
    expect(await get()).toMatchObject({ Name: SecretId, VersionId: first, SecretString: 'first' });
  });

  it('creates a secret without a version if it gets no value', async () => {
    const Name = `empty/${randomUUID()}`;
    expect((await create({ Name })).VersionId).toBeUndefined();
    await expect(get({ SecretId: Name })).rejects.toThrow(
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT.",
    );
  });

  it('is rejected for a name that exists', async () => {
    await expect(create({ SecretString: 'again' })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('is rejected for a name with characters that are not allowed', async () => {
    await expect(create({ Name: 'a b' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('GetSecretValue', () => {
  it('returns the labels of the version and when it was created', async () => {
    const { ARN, VersionStages, CreatedDate } = await get();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:/);
    expect(VersionStages).toEqual(['AWSCURRENT']);
    expect(Math.abs(Date.now() - Number(CreatedDate))).toBeLessThan(10_000);
  });

  it('returns a version by its id, by its label and by both', async () => {
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

  it('is rejected for a label that the version does not have', async () => {
    await expect(get({ VersionId: first, VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    });
  });
});

describe('PutSecretValue', () => {
  it('adds a version and makes it current, and the last one previous', async () => {
    const second = randomUUID();
    expect(await put(second, 'second')).toMatchObject({ VersionId: second, VersionStages: ['AWSCURRENT'] });
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] });
  });

  it('does not change the current version if the label is another one', async () => {
    const pending = await pend();
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [pending]: ['AWSPENDING'] });
  });

  it('moves the label from the version that has it', async () => {
    await pend();
    const pending = await pend();
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [pending]: ['AWSPENDING'] });
  });

  it('also makes the first version of a secret current', async () => {
    SecretId = `empty/${randomUUID()}`;
    await create({});
    const id = await pend();
    expect(await stages()).toEqual({ [id]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  it('responds the same if the same version comes again', async () => {
    const id = randomUUID();
    const { $metadata: _once, ...once } = await put(id, 'second');
    const { $metadata: _again, ...again } = await put(id, 'second');
    expect(again).toEqual(once);
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [id]: ['AWSCURRENT'] });
  });

  it('is rejected for another value of an existing version', async () => {
    await expect(put(first, 'other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect(await get()).toMatchObject({ SecretString: 'first' });
  });

  it('may give a value to a version that a rotation has made without one', async () => {
    used.local.rotateWith(async () => {
      throw new Error('not now');
    });
    const ClientRequestToken = randomUUID();
    await used.client.send(new RotateSecretCommand({ SecretId, ClientRequestToken }));
    await used.local.idle();
    await put(ClientRequestToken, 'pending', ['AWSPENDING']);
    expect(await get({ VersionStage: 'AWSPENDING' })).toMatchObject({
      VersionId: ClientRequestToken,
      SecretString: 'pending',
    });
  });

  it('ends a rotation under way if the new version is current: no version is pending then', async () => {
    const pending = await pend();
    const byHand = randomUUID();
    await put(byHand, 'by hand');
    expect(await stages()).toEqual({ [first]: ['AWSPREVIOUS'], [byHand]: ['AWSCURRENT'] });
    expect(await get({ VersionId: pending })).toMatchObject({ SecretString: 'pending' });
  });

  it('accepts a value of 65,536 bytes, and not one byte more', async () => {
    const largest = 'é'.repeat(32_768);
    await put(randomUUID(), largest);
    expect((await get()).SecretString).toBe(largest);
    await expect(put(randomUUID(), `${largest}x`)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it.each([
    ['a token that is too short', 'short', ['AWSPENDING']],
    ['a token that is too long', 'x'.repeat(65), ['AWSPENDING']],
    ['an empty list of labels', randomUUID(), []],
  ])('is rejected for %s', async (_what, token, labels) => {
    await expect(put(token, 'value', labels)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('keeps a version without labels, which can be read by its id', async () => {
    const lost = await pend();
    await pend();
    expect(await get({ VersionId: lost })).toMatchObject({ SecretString: 'pending' });
  });
});

describe('versions without a label', () => {
  it('are removed once there are more than 100 versions, the oldest first, and none within a day', async () => {
    let time = Date.now();
    const own = await useSecretsManager({ retryPauseMs: 0, now: () => time });
    for (let count = 1; count <= 103; count += 1) own.local.put('app', String(count));
    expect(own.local.values('app')).toHaveLength(103);
    time += 24 * 60 * 60 * 1000 + 1;
    own.local.put('app', '104');
    const values = own.local.values('app');
    await own.close();
    expect([values.length, values[0], values.at(-1)]).toEqual([100, '5', '104']);
  });
});
