import { scaledClock } from './adyen-simulator/scaled-clock.ts';
import { startAdyenSimulator } from './adyen-simulator/server.ts';
import { startAppConfig } from './app-config/server.ts';
import { startDynamoDb } from './dynamodb.ts';
import type { Deliver } from './event-bus/deliveries.ts';
import { readRules } from './event-bus/rules.ts';
import { startEventBus } from './event-bus/server.ts';
import { startSecretsManager } from './secrets-manager/server.ts';
import { freePort, type PortVariable } from './service-ports.ts';
import { isInAppConfig, LOCAL_TABLE, type LocalServices } from './settings.ts';
import { startTokenIssuer } from './token-issuer.ts';

/** One real second is a minute at the simulated Adyen. */
export const TIME_SCALE = 60;
/** AWS does not promise that a read of a secret sees the last write; here it never does at once (ms). */
const SECRETS_LAG_MS = 300;

/**
 * Starts a local service for each cloud service that the environment does not configure, each on its own port.
 *
 * @param deliver gives an event to a function
 */
export async function startServices(
  environment: Readonly<Record<string, string | undefined>>,
  deliver: Deliver,
): Promise<LocalServices> {
  const isRealAdyen = Boolean(environment.ADYEN_ENVIRONMENT || environment.ADYEN_MANAGEMENT_URL);
  if (isRealAdyen && !environment.MANAGEMENT_CREDENTIAL_SECRET_ID) {
    throw new Error(
      'A real Adyen needs MANAGEMENT_CREDENTIAL_SECRET_ID: the secret that holds its management key.',
    );
  }
  const portOf = (variable: PortVariable) => freePort(variable, environment);
  return {
    ...(!environment.OIDC_ISSUER && { issuer: await startTokenIssuer(await portOf('OIDC_PORT')) }),
    ...(!isRealAdyen && {
      adyen: await startAdyenSimulator({ port: await portOf('ADYEN_PORT'), now: scaledClock(TIME_SCALE) }),
    }),
    ...(!environment.AUDIT_TABLE_NAME && {
      dynamoDb: await startDynamoDb(LOCAL_TABLE, await portOf('DYNAMODB_PORT')),
    }),
    ...(!environment.MANAGEMENT_CREDENTIAL_SECRET_ID && {
      secretsManager: await startSecretsManager({
        port: await portOf('SECRETS_PORT'),
        lagMs: SECRETS_LAG_MS,
      }),
    }),
    ...(needsAppConfig(environment) && {
      appConfig: await startAppConfig({ port: await portOf('APPCONFIG_PORT') }),
    }),
    ...(!environment.EVENT_BUS_NAME && {
      eventBus: await startEventBus({
        port: await portOf('EVENTS_PORT'),
        rules: await readRules(),
        deliver,
        // The function has logged the error. On AWS the event would now be in the dead-letter queue.
        onFailed: (target, event) => console.error(`${target} failed for the event ${event.id}.`),
      }),
    }),
  };
}

/** A setting names AppConfig, and no AWS service is a real one. */
function needsAppConfig(environment: Readonly<Record<string, string | undefined>>): boolean {
  const {
    CALLER_GRANTS,
    MANAGED_SECRETS,
    AUDIT_TABLE_NAME,
    MANAGEMENT_CREDENTIAL_SECRET_ID,
    EVENT_BUS_NAME,
  } = environment;
  const isReal = AUDIT_TABLE_NAME || MANAGEMENT_CREDENTIAL_SECRET_ID || EVENT_BUS_NAME;
  const isNamed = isInAppConfig(CALLER_GRANTS) || isInAppConfig(MANAGED_SECRETS);
  return isNamed && !isReal && !environment.AWS_ENDPOINT_URL_APPCONFIGDATA;
}
