import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credential } from '../../test/support/rotations.ts';
import { createManagementCredential, type StoredManagementCredential } from './management-credential.ts';

const unavailable = { name: 'Unavailable', code: 'management-credential-unavailable' };
const FIVE_MINUTES_MS = 5 * 60 * 1000;

const aws = mockClient(SecretsManagerClient);
let time: number;
let managementCredential: StoredManagementCredential;

beforeEach(() => {
  time = 0;
  respondWith('AQEfirst');
  managementCredential = createManagementCredential(
    new SecretsManagerClient({}),
    'keyturn/{level}/{accountId}',
    () => time,
  );
});
afterEach(() => aws.reset());

const respondWith = (apiKey: string) =>
  aws.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ apiKey }) });
const reads = () => aws.commandCalls(GetSecretValueCommand).length;
const keyOf = async (secret: ReturnType<StoredManagementCredential['get']>) => (await secret).reveal();

describe('the management credential', () => {
  it('is read from the secret of the account', async () => {
    await managementCredential.get(credential);
    expect(aws.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({
      SecretId: 'keyturn/merchants/ACME_NL',
    });
  });

  it('is read once in five minutes', async () => {
    await managementCredential.get(credential);
    time = FIVE_MINUTES_MS - 1;
    await managementCredential.get(credential);
    expect(reads()).toBe(1);
    time = FIVE_MINUTES_MS;
    await managementCredential.get(credential);
    expect(reads()).toBe(2);
  });

  it('is read once for many concurrent callers', async () => {
    await Promise.all(Array.from({ length: 20 }, () => managementCredential.get(credential)));
    expect(reads()).toBe(1);
  });

  it('is read once for each account', async () => {
    await managementCredential.get(credential);
    await managementCredential.get({ ...credential, accountId: 'ACME_DE' });
    expect(reads()).toBe(2);
  });

  it('is read again after a failure', async () => {
    aws.on(GetSecretValueCommand).rejectsOnce(new Error('down'));
    await expect(managementCredential.get(credential)).rejects.toMatchObject(unavailable);
    respondWith('AQEfirst');
    expect(await keyOf(managementCredential.get(credential))).toBe('AQEfirst');
  });

  it.each([
    ['nothing', undefined],
    ['a bare key', 'AQEbare'],
    ['another shape', '{"key":"AQEbare"}'],
    ['an empty key', '{"apiKey":""}'],
    ['a key with a line break', '{"apiKey":"AQEbare\\r\\nX: y"}'],
  ])('that holds %s is not usable, and the error does not quote the value', async (_what, SecretString) => {
    aws.on(GetSecretValueCommand).resolves(SecretString === undefined ? {} : { SecretString });
    const error = await managementCredential.get(credential).catch((caught: unknown) => caught);
    expect(error).toMatchObject(unavailable);
    expect(String(error)).toContain('keyturn/merchants/ACME_NL');
    expect(String(error)).not.toContain('AQE');
  });
});

describe('a preloaded management credential', () => {
  it('is not read again for the first request', async () => {
    const one = createManagementCredential(new SecretsManagerClient({}), 'keyturn/management', () => time);
    await one.preload();
    expect(await keyOf(one.get(credential))).toBe('AQEfirst');
    expect(reads()).toBe(1);
  });

  it('is read again if the preload failed', async () => {
    const one = createManagementCredential(new SecretsManagerClient({}), 'keyturn/management', () => time);
    aws
      .on(GetSecretValueCommand)
      .rejectsOnce(new Error('down'))
      .resolves({ SecretString: '{"apiKey":"AQEfirst"}' });
    await expect(one.preload()).rejects.toMatchObject(unavailable);
    expect(await keyOf(one.get(credential))).toBe('AQEfirst');
  });

  it('is not read yet if each account has its own management credential', async () => {
    await managementCredential.preload();
    expect(reads()).toBe(0);
  });
});

describe('a management credential that Adyen rejected', () => {
  it('is read again before its five minutes are over', async () => {
    const stale = await managementCredential.get(credential);
    respondWith('AQEsecond');
    expect(await keyOf(managementCredential.reload(credential, stale))).toBe('AQEsecond');
    expect(await keyOf(managementCredential.get(credential))).toBe('AQEsecond');
  });

  it('is read again once, however many calls were rejected', async () => {
    const stale = await managementCredential.get(credential);
    respondWith('AQEsecond');
    const reloaded = await Promise.all(
      Array.from({ length: 20 }, () => keyOf(managementCredential.reload(credential, stale))),
    );
    expect(new Set(reloaded)).toEqual(new Set(['AQEsecond']));
    expect(reads()).toBe(2);
  });
});

it('AWS’s text of an error is not kept: it may quote the secret', async () => {
  const key = 'AQEyhmfxK4zJaRBLw0m';
  // The SDK says: Unexpected token 'A', ..."etString": AQEyhmfxK4"... is not valid JSON.
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1' });
    response.end(`{"SecretString": ${key}"}`);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  aws.restore();
  const client = new SecretsManagerClient({
    endpoint: `http://localhost:${port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const plain = await client.send(new GetSecretValueCommand({ SecretId: 'one' })).catch((error) => error);
  expect(String(plain)).toContain(key.slice(0, 6));
  const error = await createManagementCredential(client, 'one', () => 0)
    .get(credential)
    .catch((thrown: unknown) => thrown);
  server.close();
  expect(error).toMatchObject({ ...unavailable, cause: { message: 'Secrets Manager: SyntaxError' } });
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain(key.slice(0, 6));
});
