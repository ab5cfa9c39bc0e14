import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSecretsManager, startSecretsManager } from './server.ts';

describe('the local Secrets Manager, through the AWS SDK', () => {
  let local: LocalSecretsManager;
  let client: SecretsManagerClient;

  beforeAll(async () => {
    local = await startSecretsManager();
    client = new SecretsManagerClient({
      endpoint: local.url,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  });
  afterAll(async () => {
    client.destroy();
    await local.close();
  });

  it('gives the value by name and by ARN', async () => {
    local.put('app', 'value');
    const byName = await client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    const byArn = await client.send(new GetSecretValueCommand({ SecretId: byName.ARN }));
    expect([byName.SecretString, byArn.SecretString]).toEqual(['value', 'value']);
  });

  it('gives the value that was put last', async () => {
    local.put('app', 'old');
    await client.send(new PutSecretValueCommand({ SecretId: 'app', SecretString: 'new' }));
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: 'app' }));
    expect(SecretString).toBe('new');
  });

  it('refuses a name that it does not know', async () => {
    const read = client.send(new GetSecretValueCommand({ SecretId: 'unknown' }));
    await expect(read).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('fails while an outage is ordered', async () => {
    local.setOutage(true);
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'app' }))).rejects.toMatchObject({
      name: 'InternalServiceError',
    });
    local.setOutage(false);
  });
});
