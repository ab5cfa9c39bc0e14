import type { StateConfig } from '../config/config.ts';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { createConsumerLog } from '../dynamodb/consumers.ts';
import { createListCredentials } from '../dynamodb/credential-list.ts';
import { createKeyStates } from '../rotation/read-key-state.ts';
import type { Runtime } from './audit.ts';
import { wireManagedSecrets } from './managed-secrets.ts';

/** Puts together what tells the state of keys. */
export function wireState(config: StateConfig, runtime: Omit<Runtime, 'aws'> & { aws: StateClients }) {
  const { aws, now } = runtime;
  const { managedSecretOf, refreshManagedSecrets } = wireManagedSecrets(config.managedSecrets, runtime);
  const audit = createAuditLog(aws.table, config.auditTableName);
  const consumers = createConsumerLog(aws.table, config.auditTableName, now);
  const states = createKeyStates({ audit, consumers, managedSecretOf, rules: config.rules, now });
  const listCredentials = createListCredentials(aws.table, config.auditTableName);
  return { states, listCredentials, refreshManagedSecrets };
}

type StateClients = Pick<Runtime['aws'], 'table' | 'secretsManager'>;
