import { MANAGEMENT_KEY } from './adyen-simulator/seed.ts';
import type { AdyenSimulator } from './adyen-simulator/server.ts';
import type { LocalDynamoDb } from './dynamodb.ts';
import type { LocalSecretsManager } from './secrets-manager/server.ts';
import { LOCAL_AUDIENCE, type TokenIssuer } from './token-issuer.ts';

export const LOCAL_TABLE = 'keyturn-local-audit';
export const LOCAL_BUS = 'keyturn-local';
export const LOCAL_SECRET_ID = 'keyturn/local/management-credential';

/** What the local caller `local-app` may rotate. There is no grant for ACMEX, so that a refusal can be seen. */
const LOCAL_GRANTS = {
  'local-app': ['merchants/ACME_*/apiCredentials/*', 'companies/ACME/apiCredentials/*'],
};

/** The parts of the cloud that run on this machine. What is missing is real. */
export type LocalParts = Readonly<{
  issuer?: TokenIssuer;
  adyen?: AdyenSimulator;
  dynamoDb?: LocalDynamoDb;
  secretsManager?: LocalSecretsManager;
}>;

/**
 * The settings by which the functions find the local parts. Puts the simulator's management key into the local
 * secret.
 */
export function settingsOf({ issuer, adyen, dynamoDb, secretsManager }: LocalParts): Record<string, string> {
  secretsManager?.put(LOCAL_SECRET_ID, JSON.stringify({ apiKey: MANAGEMENT_KEY }));
  return {
    ...(issuer && {
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: LOCAL_AUDIENCE,
      CALLER_GRANTS: JSON.stringify(LOCAL_GRANTS),
    }),
    ...(adyen && { ADYEN_ENVIRONMENT: 'test', ADYEN_MANAGEMENT_URL: adyen.url }),
    EVENT_BUS_NAME: LOCAL_BUS,
    ...(dynamoDb && { AUDIT_TABLE_NAME: LOCAL_TABLE, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url }),
    ...(secretsManager && {
      MANAGEMENT_CREDENTIAL_SECRET_ID: LOCAL_SECRET_ID,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    }),
    // Nothing real is called, so no real credentials are shown to anybody.
    ...(dynamoDb &&
      secretsManager && {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_SESSION_TOKEN: '',
        AWS_PROFILE: '',
      }),
  };
}
