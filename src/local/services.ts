import { scaledClock } from './adyen-simulator/scaled-clock.ts';
import { startAdyenSimulator } from './adyen-simulator/server.ts';
import { startAppConfig } from './app-config/server.ts';
import { startDynamoDb } from './dynamodb.ts';
import type { Deliver } from './event-bus/deliveries.ts';
import { readRules } from './event-bus/rules.ts';
import { startEventBus } from './event-bus/server.ts';
import { startSecretsManager } from './secrets-manager/server.ts';
import type { PortOf, PortVariable } from './service-ports.ts';
import { isInAppConfig, LOCAL_TABLE, type LocalServices } from './settings.ts';
import { startTokenIssuer } from './token-issuer.ts';

/** One real second is a minute at the simulated Adyen. */
export const TIME_SCALE = 60;
/** AWS does not promise that a read of a secret sees the last write; here it never does at once (ms). */
const SECRETS_LAG_MS = 300;

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that stand for a real service, by the port of the local one. */
const REAL_SERVICES = {
  OIDC_PORT: ['OIDC_ISSUER'],
  ADYEN_PORT: ['ADYEN_ENVIRONMENT', 'ADYEN_MANAGEMENT_URL'],
  DYNAMODB_PORT: ['AUDIT_TABLE_NAME'],
  SECRETS_PORT: ['MANAGEMENT_CREDENTIAL_SECRET_ID'],
  EVENTS_PORT: ['EVENT_BUS_NAME'],
} as const satisfies Partial<Record<PortVariable, readonly string[]>>;

/** The ports of the services that run locally: those that the environment does not configure. */
export function localPorts(environment: Environment): PortVariable[] {
  // Object.keys forgets the type of the keys.
  const variables = Object.keys(REAL_SERVICES) as (keyof typeof REAL_SERVICES)[];
  const local: PortVariable[] = variables.filter(
    (variable) => !REAL_SERVICES[variable].some((name) => environment[name]),
  );
  return needsAppConfig(environment) ? [...local, 'APPCONFIG_PORT'] : local;
}

/**
 * Starts a local service for each cloud service that the environment does not configure, each on its own port.
 *
 * @param deliver gives an event to a function
 */
export async function startServices(
  environment: Environment,
  portOf: PortOf,
  deliver: Deliver,
): Promise<LocalServices> {
  const local = new Set(localPorts(environment));
  if (!local.has('ADYEN_PORT') && local.has('SECRETS_PORT')) {
    throw new Error(
      'A real Adyen needs MANAGEMENT_CREDENTIAL_SECRET_ID: the secret that holds its management key.',
    );
  }
  return {
    ...(local.has('OIDC_PORT') && { issuer: await startTokenIssuer(portOf('OIDC_PORT')) }),
    ...(local.has('ADYEN_PORT') && {
      adyen: await startAdyenSimulator({ port: portOf('ADYEN_PORT'), now: scaledClock(TIME_SCALE) }),
    }),
    ...(local.has('DYNAMODB_PORT') && {
      dynamoDb: await startDynamoDb(LOCAL_TABLE, portOf('DYNAMODB_PORT')),
    }),
    ...(local.has('SECRETS_PORT') && {
      secretsManager: await startSecretsManager({ port: portOf('SECRETS_PORT'), lagMs: SECRETS_LAG_MS }),
    }),
    ...(local.has('APPCONFIG_PORT') && {
      appConfig: await startAppConfig({ port: portOf('APPCONFIG_PORT') }),
    }),
    ...(local.has('EVENTS_PORT') && {
      eventBus: await startEventBus({
        port: portOf('EVENTS_PORT'),
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
