import type { EnrolConfig } from '../config/config.ts';
import { secretNamePrefixes } from '../config/secret-name-prefixes.ts';
import { createAddPlace, createFindByPlace } from '../dynamodb/credential-index.ts';
import { createEnrolCredentials } from '../rotation/enrol-credentials.ts';
import { createListSecrets } from '../secrets-manager/list-secrets.ts';
import type { Runtime } from './audit.ts';
import { wireManagedSecrets } from './managed-secrets.ts';

/** Puts the enrolment of managed API credentials together. */
export function wireEnrolCredentials(
  { auditTableName, managedSecrets }: EnrolConfig,
  runtime: Runtime,
): ReturnType<typeof createEnrolCredentials> {
  const { aws, now } = runtime;
  const { credentialOf, managedSecretsConfig, refreshManagedSecrets } = wireManagedSecrets(
    managedSecrets,
    runtime,
  );
  const findByPlace = createFindByPlace(aws.table, auditTableName);
  const addPlace = createAddPlace(aws.table, auditTableName);
  return async (endsAt) => {
    await refreshManagedSecrets();
    const listSecrets = createListSecrets(aws.secretsManager, secretNamePrefixes(managedSecretsConfig()));
    return createEnrolCredentials({ listSecrets, credentialOf, findByPlace, addPlace, now })(endsAt);
  };
}
