import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOON } from '../../test/support/rotations.ts';
import { ManagedSecretError } from '../rotation/managed-secret-error.ts';
import type { ManagedSecret } from '../rotation/ports.ts';
import { Secret } from '../secret.ts';
import { createManagedSecret } from './managed-secret.ts';

const ID = 'keyturn/keys/S2-1';
const ARN = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${ID}-a1B2c3`;
const VERSION = '0198c0de-0000-7000-8000-000000000001';
const BEFORE = '0198c0de-0000-7000-8000-000000000000';
const KEY = 'AQEnew-key';
const value = { apiKey: new Secret(KEY), rotationId: VERSION };
const notFound = new ResourceNotFoundException({ message: 'no such version', $metadata: {} });

const aws = mockClient(SecretsManagerClient);
let secret: ManagedSecret;
beforeEach(() => {
  secret = createManagedSecret(new SecretsManagerClient({}), ID);
});
afterEach(() => aws.reset());

const labelled = (VersionIdsToStages: Record<string, string[]>) =>
  aws.on(DescribeSecretCommand).resolves({ ARN, Name: ID, VersionIdsToStages });
const moves = () => aws.commandCalls(UpdateSecretVersionStageCommand).map(({ args }) => args[0].input);

describe('a stored key', () => {
  it('is a pending version of the secret, with the id of its rotation', async () => {
    aws.on(PutSecretValueCommand).resolves({ ARN, VersionId: VERSION });
    expect(await secret.store(VERSION, value)).toEqual({ arn: ARN, versionId: VERSION, stage: 'AWSPENDING' });
    expect(aws.commandCalls(PutSecretValueCommand).map(({ args }) => args[0].input)).toEqual([
      {
        SecretId: ID,
        ClientRequestToken: VERSION,
        SecretString: JSON.stringify({ apiKey: KEY, rotationId: VERSION }),
        VersionStages: ['AWSPENDING'],
      },
    ]);
  });

  it('is read back by its version, and does not appear in JSON', async () => {
    const SecretString = JSON.stringify({ apiKey: KEY, rotationId: VERSION });
    aws
      .on(GetSecretValueCommand, { SecretId: ID, VersionId: VERSION })
      .resolves({ ARN, VersionId: VERSION, SecretString, CreatedDate: new Date(NOON) });
    const stored = await secret.read(VERSION);
    expect(stored).toMatchObject({
      storedAt: NOON,
      version: { arn: ARN, versionId: VERSION, stage: 'AWSPENDING' },
    });
    expect(stored?.apiKey.reveal()).toBe(KEY);
    expect(JSON.stringify(stored)).not.toContain(KEY);
  });

  it('is read back as the current key if it is current', async () => {
    aws
      .on(GetSecretValueCommand, { SecretId: ID, VersionStage: 'AWSCURRENT' })
      .resolves({ VersionId: BEFORE, SecretString: '{"apiKey":"AQEfirst"}' });
    const current = await secret.readCurrent();
    expect([current?.versionId, current?.apiKey.reveal()]).toEqual([BEFORE, 'AQEfirst']);
  });
});

describe('there is no key', () => {
  it('in a missing version, or in a missing secret', async () => {
    aws.on(GetSecretValueCommand).rejects(notFound);
    expect([await secret.read(VERSION), await secret.readCurrent()]).toEqual([undefined, undefined]);
  });

  it.each([
    ['nothing', undefined],
    ['a bare key', 'AQEbare'],
    ['another shape', '{"key":"AQEbare"}'],
    ['an empty key', '{"apiKey":""}'],
    ['a key with a line break', '{"apiKey":"AQEbare\\r\\nX: y"}'],
  ])('in a version that holds %s', async (_what, SecretString) => {
    aws
      .on(GetSecretValueCommand)
      .resolves({ ARN, VersionId: VERSION, ...(SecretString !== undefined && { SecretString }) });
    expect([await secret.read(VERSION), await secret.readCurrent()]).toEqual([undefined, undefined]);
  });
});

describe('a promotion', () => {
  const takenOff = { SecretId: ID, VersionStage: 'AWSPENDING', RemoveFromVersionId: VERSION };

  it('moves AWSCURRENT from the version that has it, and from no other version', async () => {
    labelled({ [BEFORE]: ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] });
    expect(await secret.promote(VERSION, 'pending')).toBe('promoted');
    expect(moves()).toEqual([
      { SecretId: ID, VersionStage: 'AWSCURRENT', MoveToVersionId: VERSION, RemoveFromVersionId: BEFORE },
      takenOff,
    ]);
  });

  it('sets AWSCURRENT if no version has it', async () => {
    labelled({ [VERSION]: ['AWSPENDING'] });
    expect(await secret.promote(VERSION, 'pending')).toBe('promoted');
    expect(moves()).toEqual([
      { SecretId: ID, VersionStage: 'AWSCURRENT', MoveToVersionId: VERSION },
      takenOff,
    ]);
  });

  it('does nothing if the version is already current', async () => {
    labelled({ [BEFORE]: ['AWSPREVIOUS'], [VERSION]: ['AWSCURRENT'] });
    expect(await secret.promote(VERSION, 'pending')).toBe('promoted');
    expect(moves()).toEqual([]);
  });

  it('takes AWSPENDING off a version that is already current: the label would block the next rotation', async () => {
    labelled({ [BEFORE]: ['AWSPREVIOUS'], [VERSION]: ['AWSCURRENT', 'AWSPENDING'] });
    expect(await secret.promote(VERSION, 'pending')).toBe('promoted');
    expect(moves()).toEqual([takenOff]);
  });

  it('counts if AWS has taken AWSPENDING off with the move of AWSCURRENT', async () => {
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce({ VersionIdsToStages: { [BEFORE]: ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] } })
      .resolves({ VersionIdsToStages: { [BEFORE]: ['AWSPREVIOUS'], [VERSION]: ['AWSCURRENT'] } });
    aws.on(UpdateSecretVersionStageCommand, takenOff).rejects(new Error('the label is not there'));
    expect(await secret.promote(VERSION, 'pending')).toBe('promoted');
  });

  it('fails if AWSPENDING cannot be taken off', async () => {
    labelled({ [BEFORE]: ['AWSPREVIOUS'], [VERSION]: ['AWSCURRENT', 'AWSPENDING'] });
    aws.on(UpdateSecretVersionStageCommand, takenOff).rejects(new Error('throttled'));
    await expect(secret.promote(VERSION, 'pending')).rejects.toThrow(
      `the managed secret ${ID} cannot be changed`,
    );
  });

  it.each<[string, Record<string, string[]>, number]>([
    ['that becomes current', { [BEFORE]: ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] }, 1],
    ['that is current', { [BEFORE]: ['AWSPREVIOUS'], [VERSION]: ['AWSCURRENT', 'AWSPENDING'] }, 0],
  ])(
    'leaves AWSPENDING to Secrets Manager, on a version %s, if that is rotating the secret',
    async (_what, versions, count) => {
      labelled(versions);
      const rotating = createManagedSecret(new SecretsManagerClient({}), ID, true);
      expect(await rotating.promote(VERSION, 'pending')).toBe('promoted');
      expect(moves().map(({ VersionStage }) => VersionStage)).toEqual(Array(count).fill('AWSCURRENT'));
    },
  );

  it.each<[string, Record<string, string[]>]>([
    ['another version is pending', { [BEFORE]: ['AWSCURRENT'], another: ['AWSPENDING'] }],
    [
      'another version is current and this version is AWSPREVIOUS',
      { another: ['AWSCURRENT'], [VERSION]: ['AWSPREVIOUS'] },
    ],
    [
      'another version is current and this version still has AWSPENDING',
      { another: ['AWSCURRENT'], [VERSION]: ['AWSPREVIOUS', 'AWSPENDING'] },
    ],
    ['the version has lost its label', { [BEFORE]: ['AWSCURRENT'], [VERSION]: [] }],
    ['the secret has no versions', {}],
  ])('comes too late if %s, and changes nothing', async (_what, versions) => {
    labelled(versions);
    expect(await secret.promote(VERSION, 'pending')).toBe('superseded');
    expect(moves()).toEqual([]);
  });

  it('fails if AWSCURRENT has moved meanwhile', async () => {
    labelled({ [BEFORE]: ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] });
    const awsError = Object.assign(new Error('the label is not there'), {
      name: 'InvalidParameterException',
    });
    aws.on(UpdateSecretVersionStageCommand).rejects(awsError);
    await expect(secret.promote(VERSION, 'pending')).rejects.toThrow(
      `the managed secret ${ID} cannot be promoted (InvalidParameterException)`,
    );
  });
});

describe('a discarded version', () => {
  it('is no longer pending', async () => {
    labelled({ [BEFORE]: ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] });
    await secret.discard(VERSION);
    expect(moves()).toEqual([{ SecretId: ID, VersionStage: 'AWSPENDING', RemoveFromVersionId: VERSION }]);
  });

  it.each<[string, Record<string, string[]>]>([
    ['was discarded before', { [BEFORE]: ['AWSCURRENT'] }],
    ['is not the pending version', { another: ['AWSPENDING'], [VERSION]: ['AWSPREVIOUS'] }],
  ])('stays unchanged if it %s', async (_what, versions) => {
    labelled(versions);
    await secret.discard(VERSION);
    expect(moves()).toEqual([]);
  });
});

describe('the description of a secret', () => {
  it('says which version has which labels, and whether Secrets Manager rotates the secret', async () => {
    aws.on(DescribeSecretCommand).resolves({
      ARN,
      Name: ID,
      RotationEnabled: true,
      VersionIdsToStages: { [BEFORE]: ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] },
    });
    const { arn, name, isRotated, stagesOf, versionOf } = await secret.describe();
    expect([arn, name, isRotated]).toEqual([ARN, ID, true]);
    expect([stagesOf(VERSION), stagesOf('another')]).toEqual([['AWSPENDING'], undefined]);
    expect([versionOf('AWSCURRENT'), versionOf('AWSPREVIOUS')]).toEqual([BEFORE, undefined]);
  });
});

describe('a secret that cannot be used', () => {
  it.each<[string, string, (one: ManagedSecret) => Promise<unknown>]>([
    ['store', 'written', (one) => one.store(VERSION, value)],
    ['read', 'read', (one) => one.read(VERSION)],
    ['readCurrent', 'read', (one) => one.readCurrent()],
    ['promote', 'described', (one) => one.promote(VERSION, 'pending')],
    ['discard', 'described', (one) => one.discard(VERSION)],
    ['describe', 'described', (one) => one.describe()],
  ])(
    'makes %s throw an error that names the secret and the reason, and quotes nothing of AWS',
    async (_method, doing, use) => {
      const awsError = Object.assign(new Error(`bad value {"apiKey":"${KEY}"}`), {
        name: 'AccessDeniedException',
      });
      aws.onAnyCommand().rejects(awsError);
      const error = await use(secret).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ManagedSecretError);
      expect(String(error)).toBe(
        `ManagedSecretError: the managed secret ${ID} cannot be ${doing} (AccessDeniedException)`,
      );
      expect(error).not.toHaveProperty('cause');
    },
  );

  it('leads to an error that quotes nothing, whatever was thrown', async () => {
    aws.on(DescribeSecretCommand).callsFake(() => Promise.reject(KEY));
    await expect(secret.describe()).rejects.toThrow(`the managed secret ${ID} cannot be described (unknown)`);
  });
});
