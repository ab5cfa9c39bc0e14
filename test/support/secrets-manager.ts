import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  type LocalSecretsManager,
  type SecretsManagerOptions,
  startSecretsManager,
} from '../../src/local/secrets-manager/server.ts';

export type SecretsManagerInUse = Readonly<{
  local: LocalSecretsManager;
  client: SecretsManagerClient;
  close(): Promise<void>;
}>;

/** Starts a local Secrets Manager, and a client of the AWS SDK that tries each call once. */
export async function useSecretsManager(
  options: SecretsManagerOptions = { retryPauseMs: 0 },
): Promise<SecretsManagerInUse> {
  const local = await startSecretsManager(options);
  const client = new SecretsManagerClient({
    endpoint: local.url,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    local,
    client,
    async close() {
      client.destroy();
      await local.close();
    },
  };
}
