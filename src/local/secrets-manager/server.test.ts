import {
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';

let used: SecretsManagerInUse;
beforeAll(async () => {
  used = await useSecretsManager();
});
afterAll(() => used.close());

describe('the local Secrets Manager, through the AWS SDK', () => {
  it('returns the value by name and by ARN', async () => {
    used.local.put('app', 'value');
    const byName = await used.client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    const byArn = await used.client.send(new GetSecretValueCommand({ SecretId: byName.ARN }));
    expect([byName.SecretString, byArn.SecretString]).toEqual(['value', 'value']);
  });

  it('returns the newest value', async () => {
    used.local.put('app', 'old');
    await used.client.send(new PutSecretValueCommand({ SecretId: 'app', SecretString: 'new' }));
    const { SecretString } = await used.client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    expect(SecretString).toBe('new');
  });

  it('rejects an unknown name', async () => {
    const read = used.client.send(new GetSecretValueCommand({ SecretId: 'unknown' }));
    await expect(read).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('records the ids that were read, failed reads included', async () => {
    const before = used.local.reads.length;
    await used.client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    await used.client.send(new GetSecretValueCommand({ SecretId: 'unknown' })).catch(() => {});
    expect(used.local.reads.slice(before)).toEqual(['app', 'unknown']);
  });

  it('rejects an unsupported operation', async () => {
    const call = used.client.send(new DeleteSecretCommand({ SecretId: 'app' }));
    await expect(call).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'The operation DeleteSecret is not supported here.',
    });
  });

  it('fails during an outage', async () => {
    used.local.setOutage(true);
    await expect(used.client.send(new GetSecretValueCommand({ SecretId: 'app' }))).rejects.toMatchObject({
      name: 'InternalServiceError',
    });
    used.local.setOutage(false);
  });
});

describe('a call that the AWS SDK would not make', () => {
  const call = async (body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(used.local.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'secretsmanager.GetSecretValue',
        ...headers,
      },
      body,
    });
    return { status: response.status, body: await response.json() };
  };
  const errorOf = (__type: string) => ({ status: 400, body: { __type, message: expect.any(String) } });

  it.each([
    ['not JSON', '{'],
    ['empty', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['without an id', '{}'],
    ['with an empty id', '{"SecretId":""}'],
    ['with an id that is not a string', '{"SecretId":5}'],
  ])('is rejected if its body is %s', async (_what, body) => {
    expect(await call(body)).toEqual(errorOf('InvalidParameterException'));
  });

  it('is rejected if its body is too large', async () => {
    expect(await call('x'.repeat(2_000_000))).toEqual(errorOf('ValidationException'));
  });

  it.each(['', 'constructor', 'secretsmanager.__proto__'])(
    'is rejected if its target is "%s"',
    async (target) => {
      expect(await call('{}', { 'X-Amz-Target': target })).toEqual(errorOf('InvalidRequestException'));
    },
  );

  it('is accepted with any content type', async () => {
    used.local.put('app', 'value');
    const response = await call('{"SecretId":"app"}', { 'Content-Type': 'application/json' });
    expect(response).toMatchObject({ status: 200, body: { SecretString: 'value' } });
  });
});
