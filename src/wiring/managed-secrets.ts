import { createManagedSecrets, type ManagedSecretsConfig } from '../config/managed-secrets.ts';
import { mapSetting, type Setting } from '../config/setting.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import type { Clock, Log, ManagedSecret, ManagedSecretOf, Metrics } from '../rotation/ports.ts';
import { createManagedSecret } from '../secrets-manager/managed-secret.ts';
import type { AwsClients } from './aws-clients.ts';
import { wireSetting } from './live-setting.ts';

/** Puts the access to the managed secrets together. `refreshManagedSecrets` belongs to the start of an invocation. */
export function wireManagedSecrets(
  setting: Setting<ManagedSecretsConfig>,
  runtime: Readonly<{ aws: Pick<AwsClients, 'secretsManager'>; log: Log; metrics: Metrics; now: Clock }>,
) {
  const live = wireSetting('MANAGED_SECRETS', mapSetting(setting, make), runtime);
  const openSecret = (id: string): ManagedSecret => createManagedSecret(runtime.aws.secretsManager, id);
  const managedSecretOf: ManagedSecretOf = (credential) => {
    const id = live.current().secretIdOf(credential);
    return id === undefined ? undefined : openSecret(id);
  };
  const openRotatingSecret = (id: string): ManagedSecret =>
    createManagedSecret(runtime.aws.secretsManager, id, true);
  const credentialOf = (name: string, arn: string): ApiCredential | undefined =>
    live.current().credentialOf(name, arn);
  return {
    managedSecretOf,
    openSecret,
    openRotatingSecret,
    credentialOf,
    managedSecretsConfig: () => live.current().config,
    refreshManagedSecrets: live.refresh,
  };
}

function make(config: ManagedSecretsConfig) {
  return { config, ...createManagedSecrets(config) };
}
