import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createManagedSecrets, type ManagedSecretsConfig } from '../config/managed-secrets.ts';
import type { ManagedSecret, ManagedSecretOf } from '../rotation/ports.ts';
import { createManagedSecret } from '../secrets-manager/managed-secret.ts';

/** Puts the access to the managed secrets together. */
export function wireManagedSecrets(config: ManagedSecretsConfig, client: SecretsManagerClient) {
  const { secretIdOf, credentialOf } = createManagedSecrets(config);
  const openSecret = (id: string): ManagedSecret => createManagedSecret(client, id);
  const managedSecretOf: ManagedSecretOf = (credential) => {
    const id = secretIdOf(credential);
    return id === undefined ? undefined : openSecret(id);
  };
  const openRotatingSecret = (id: string): ManagedSecret => createManagedSecret(client, id, true);
  return { managedSecretOf, openSecret, openRotatingSecret, credentialOf };
}
