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
  { aws, now }: Pick<Runtime, 'aws' | 'now'>,
) {
  return createEnrolCredentials({
    listSecrets: createListSecrets(aws.secretsManager, secretNamePrefixes(managedSecrets)),
    credentialOf: wireManagedSecrets(managedSecrets, aws.secretsManager).credentialOf,
    findByPlace: createFindByPlace(aws.table, auditTableName),
    addPlace: createAddPlace(aws.table, auditTableName),
    now,
  });
}
