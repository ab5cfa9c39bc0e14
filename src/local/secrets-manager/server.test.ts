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
  it('gives the value by name and by ARN', async () => {
    used.local.put('app', 'value');
    const byName = await used.client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    const byArn = await used.client.send(new GetSecretValueCommand({ SecretId: byName.ARN }));
    expect([byName.SecretString, byArn.SecretString]).toEqual(['value', 'value']);
  });

  it('gives the value that was put last', async () => {
    used.local.put('app', 'old');
    await used.client.send(new PutSecretValueCommand({ SecretId: 'app', SecretString: 'new' }));
    const { SecretString } = await used.client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    expect(SecretString).toBe('new');
  });

  it('refuses a name that it does not know', async () => {
    const read = used.client.send(new GetSecretValueCommand({ SecretId: 'unknown' }));
    await expect(read).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('tells which ids were read, refused ones included', async () => {
    const before = used.local.reads.length;
    await used.client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    await used.client.send(new GetSecretValueCommand({ SecretId: 'unknown' })).catch(() => {});
    expect(used.local.reads.slice(before)).toEqual(['app', 'unknown']);
  });

  it('refuses an operation that it does not serve', async () => {
    const call = used.client.send(new DeleteSecretCommand({ SecretId: 'app' }));
    await expect(call).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'No DeleteSecret here.',
    });
  });

  it('fails while an outage is ordered', async () => {
    used.local.setOutage(true);
    await expect(used.client.send(new GetSecretValueCommand({ SecretId: 'app' }))).rejects.toMatchObject({
      name: 'InternalServiceError',
    });
    used.local.setOutage(false);
  });
});

describe('a call that the AWS SDK would not make', () => {
  const call = async (body: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(used.local.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'secretsmanager.GetSecretValue',
        ...headers,
      },
      body,
    });
    return { status: answer.status, body: await answer.json() };
  };
  const refusedWith = (__type: string) => ({ status: 400, body: { __type, message: expect.any(String) } });

  it.each([
    ['no JSON', '{'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['without an id', '{}'],
    ['with an empty id', '{"SecretId":""}'],
    ['with an id that is no text', '{"SecretId":5}'],
  ])('is refused when its body is %s', async (_what, body) => {
    expect(await call(body)).toEqual(refusedWith('InvalidParameterException'));
  });

  it('is refused when it is too large', async () => {
    expect(await call('x'.repeat(2_000_000))).toEqual(refusedWith('ValidationException'));
  });

  it.each(['', 'constructor', 'secretsmanager.__proto__'])(
    'is refused when its target is "%s"',
    async (target) => {
      expect(await call('{}', { 'X-Amz-Target': target })).toEqual(refusedWith('InvalidRequestException'));
    },
  );

  it('is understood whatever its content type', async () => {
    used.local.put('app', 'value');
    const answer = await call('{"SecretId":"app"}', { 'Content-Type': 'application/json' });
    expect(answer).toMatchObject({ status: 200, body: { SecretString: 'value' } });
  });
});
