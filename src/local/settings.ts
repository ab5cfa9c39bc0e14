import type { Environment } from '../config/config.ts';
import { MANAGED_KEYS, MANAGEMENT_KEY } from './adyen-simulator/seed.ts';
import type { AdyenSimulator } from './adyen-simulator/server.ts';
import type { LocalAppConfig } from './app-config/server.ts';
import type { LocalDynamoDb } from './dynamodb.ts';
import type { LocalEventBus } from './event-bus/server.ts';
import type { LocalSecretsManager } from './secrets-manager/server.ts';
import { LOCAL_AUDIENCE, LOCAL_CONSOLE, LOCAL_PERSON, type TokenIssuer } from './token-issuer.ts';

export const LOCAL_TABLE = 'keyturn-local-audit';
export const LOCAL_BUS = 'keyturn-local';
/** The source of the events that `npm run rotate` puts on the bus. */
export const LOCAL_EVENT_SOURCE = 'keyturn.cli';
export const LOCAL_SECRET_ID = 'keyturn/local/management-credential';

/** What is granted locally. ACMEX is not: it shows a 403. */
const GRANTED = ['merchants/ACME_*/apiCredentials/*', 'companies/ACME/apiCredentials/*'];

/** The local caller `local-app`, the person at the console, and `npm run rotate`. */
const LOCAL_GRANTS = {
  'client:local-app': GRANTED,
  [`subject:${LOCAL_PERSON}`]: GRANTED,
  [`event:${LOCAL_EVENT_SOURCE}`]: GRANTED,
};

/** The managed secrets. One of them holds the key of Keyturn's own management credential. */
const LOCAL_MANAGED_SECRETS = {
  'merchants/ACME_NL/apiCredentials/S2-MANAGED-*': 'keyturn/keys/{accountId}/{apiCredentialId}',
  'companies/ACME/apiCredentials/S2-MANAGEMENT': LOCAL_SECRET_ID,
};

/** The cloud services that run on this machine. A service that is absent is the real one. */
export type LocalServices = Readonly<{
  issuer?: TokenIssuer;
  adyen?: AdyenSimulator;
  dynamoDb?: LocalDynamoDb;
  secretsManager?: LocalSecretsManager;
  eventBus?: LocalEventBus;
  /** Runs only if a setting is in AppConfig. */
  appConfig?: LocalAppConfig;
}>;

const APPCONFIG = 'appconfig:';

/** Whether a setting of the environment is in AppConfig. */
export function isInAppConfig(setting: string | undefined): setting is string {
  return setting?.startsWith(APPCONFIG) ?? false;
}

/**
 * The settings that point the functions at the local services. Also puts the simulator's keys into the local secrets, and
 * deploys the local grants and managed secrets to a local AppConfig, to the profiles that the environment names.
 */
export function settingsOf(services: LocalServices, environment: Environment = {}): Record<string, string> {
  const { issuer, adyen, dynamoDb, secretsManager, eventBus, appConfig } = services;
  const held = (name: string, local: object) => {
    const document = JSON.stringify(local);
    const setting = environment[name];
    if (!isInAppConfig(setting)) return document;
    appConfig?.deploy(setting.slice(APPCONFIG.length), document);
    return setting;
  };
  secretsManager?.put(LOCAL_SECRET_ID, JSON.stringify({ apiKey: MANAGEMENT_KEY }));
  for (const [path, apiKey] of MANAGED_KEYS) {
    secretsManager?.put(managedSecretName(path), JSON.stringify({ apiKey }));
  }
  return {
    POWERTOOLS_SERVICE_NAME: 'keyturn-local',
    ...(issuer && {
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: LOCAL_AUDIENCE,
      CALLER_GRANTS: held('CALLER_GRANTS', LOCAL_GRANTS),
      CONSOLE_CLIENT_ID: LOCAL_CONSOLE,
    }),
    ...(adyen && { ADYEN_ENVIRONMENT: 'test', ADYEN_MANAGEMENT_URL: adyen.url }),
    ...(eventBus && { EVENT_BUS_NAME: LOCAL_BUS, AWS_ENDPOINT_URL_EVENTBRIDGE: eventBus.url }),
    ...(dynamoDb && { AUDIT_TABLE_NAME: LOCAL_TABLE, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url }),
    ...(secretsManager && {
      MANAGEMENT_CREDENTIAL_SECRET_ID: LOCAL_SECRET_ID,
      MANAGED_SECRETS: held('MANAGED_SECRETS', LOCAL_MANAGED_SECRETS),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    }),
    ...(appConfig && { AWS_ENDPOINT_URL_APPCONFIGDATA: appConfig.url }),
    // If every AWS service is local, the developer's real AWS credentials are kept out of the requests.
    ...(dynamoDb &&
      secretsManager &&
      eventBus && {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_SESSION_TOKEN: '',
        AWS_PROFILE: '',
      }),
  };
}

/** The name of the managed secret of an API credential, by its path. */
function managedSecretName(path: string): string {
  const [, accountId, , apiCredentialId] = path.split('/');
  return `keyturn/keys/${accountId}/${apiCredentialId}`;
}
