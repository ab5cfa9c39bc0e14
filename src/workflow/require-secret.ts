import type { ApiCredential } from '../rotation/api-credential.ts';
import type { ManagedSecret, ManagedSecretOf } from '../rotation/ports.ts';
import { WorkflowFailed } from './durable.ts';

/** The managed secret of a credential whose key was stored there. Throws `WorkflowFailed` if the setting is gone. */
export function requireSecret(managedSecretOf: ManagedSecretOf, credential: ApiCredential): ManagedSecret {
  const secret = managedSecretOf(credential);
  if (secret) return secret;
  throw new WorkflowFailed('no-managed-secret', 'the API credential has no managed secret any more');
}
