import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credential } from '../../test/support/rotations.ts';
import { createManagementCredential, type StoredManagementCredential } from './management-credential.ts';

const unavailable = { name: 'Unavailable', code: 'management-credential-unavailable' };
const FIVE_MINUTES_MS = 5 * 60 * 1000;

const aws = mockClient(SecretsManagerClient);
let time: number;
let stored: StoredManagementCredential;

beforeEach(() => {
  time = 0;
  answerWith('AQEfirst');
  stored = createManagementCredential(
    new SecretsManagerClient({}),
    'keyturn/{level}/{accountId}',
    () => time,
  );
});
afterEach(() => aws.reset());

const answerWith = (apiKey: string) =>
  aws.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ apiKey }) });
const reads = () => aws.commandCalls(GetSecretValueCommand).length;
const keyOf = async (secret: ReturnType<StoredManagementCredential['get']>) => (await secret).reveal();

describe('the stored credential', () => {
  it('is the secret of the account', async () => {
    await stored.get(credential);
    expect(aws.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({
      SecretId: 'keyturn/merchants/ACME_NL',
    });
  });

  it('is read once in five minutes', async () => {
    await stored.get(credential);
    time = FIVE_MINUTES_MS - 1;
    await stored.get(credential);
    expect(reads()).toBe(1);
    time = FIVE_MINUTES_MS;
    await stored.get(credential);
    expect(reads()).toBe(2);
  });

  it('is read once for many who ask at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => stored.get(credential)));
    expect(reads()).toBe(1);
  });

  it('is read for each account', async () => {
    await stored.get(credential);
    await stored.get({ ...credential, accountId: 'ACME_DE' });
    expect(reads()).toBe(2);
  });

  it('is asked for again after a failure', async () => {
    aws.on(GetSecretValueCommand).rejectsOnce(new Error('down'));
    await expect(stored.get(credential)).rejects.toMatchObject(unavailable);
    answerWith('AQEfirst');
    expect(await keyOf(stored.get(credential))).toBe('AQEfirst');
  });

  it.each([
    ['nothing', undefined],
    ['a bare key', 'AQEbare'],
    ['another shape', '{"key":"AQEbare"}'],
    ['an empty key', '{"apiKey":""}'],
    ['a key that would end a header', '{"apiKey":"AQEbare\\r\\nX: y"}'],
  ])('that holds %s is not usable, and the error tells nothing of it', async (_what, SecretString) => {
    aws.on(GetSecretValueCommand).resolves(SecretString === undefined ? {} : { SecretString });
    const error = await stored.get(credential).catch((caught: unknown) => caught);
    expect(error).toMatchObject(unavailable);
    expect(String(error)).toContain('keyturn/merchants/ACME_NL');
    expect(String(error)).not.toContain('AQE');
  });
});

describe('a stored credential that is read before there is a request', () => {
  it('is at hand', async () => {
    const one = createManagementCredential(new SecretsManagerClient({}), 'keyturn/management', () => time);
    await one.preload();
    expect(await keyOf(one.get(credential))).toBe('AQEfirst');
    expect(reads()).toBe(1);
  });

  it('is asked for again if that failed', async () => {
    const one = createManagementCredential(new SecretsManagerClient({}), 'keyturn/management', () => time);
    aws
      .on(GetSecretValueCommand)
      .rejectsOnce(new Error('down'))
      .resolves({ SecretString: '{"apiKey":"AQEfirst"}' });
    await expect(one.preload()).rejects.toMatchObject(unavailable);
    expect(await keyOf(one.get(credential))).toBe('AQEfirst');
  });

  it('is not known yet where each account has its own', async () => {
    await stored.preload();
    expect(reads()).toBe(0);
  });
});

describe('a stored credential that was refused', () => {
  it('is read anew before its five minutes are over', async () => {
    const stale = await stored.get(credential);
    answerWith('AQEsecond');
    expect(await keyOf(stored.reload(credential, stale))).toBe('AQEsecond');
    expect(await keyOf(stored.get(credential))).toBe('AQEsecond');
  });

  it('is read anew once, however many were refused', async () => {
    const stale = await stored.get(credential);
    answerWith('AQEsecond');
    const reloaded = await Promise.all(
      Array.from({ length: 20 }, () => keyOf(stored.reload(credential, stale))),
    );
    expect(new Set(reloaded)).toEqual(new Set(['AQEsecond']));
    expect(reads()).toBe(2);
  });
});
