import {
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { LocalSecretsManager } from '../../src/local/secrets-manager/server.ts';

/** Has Secrets Manager begin a rotation of a secret, and returns its first step for the rotation function. */
export async function beginSecretRotation(
  secretsManager: LocalSecretsManager,
  secretId: string,
): Promise<object> {
  const client = new SecretsManagerClient({
    endpoint: secretsManager.url,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await giveUpRotation(client, secretsManager, secretId);
  // The caller gives the step to the measured function. The local rotation waits for it for ever.
  secretsManager.rotateWith(() => new Promise(() => {}));
  const { ARN, VersionId } = await client.send(new RotateSecretCommand({ SecretId: secretId }));
  client.destroy();
  return { Step: 'createSecret', SecretId: ARN, ClientRequestToken: VersionId };
}

/**
 * Takes AWSPENDING from the earlier rotation: a rotation can only start if the label is on no version, or on the current
 * one (https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/cancel-rotate-secret.html).
 */
async function giveUpRotation(
  client: SecretsManagerClient,
  secretsManager: LocalSecretsManager,
  SecretId: string,
): Promise<void> {
  const { AWSPENDING } = secretsManager.staged(SecretId);
  if (!AWSPENDING) return;
  const label = { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: AWSPENDING.id };
  await client.send(new UpdateSecretVersionStageCommand(label));
}
