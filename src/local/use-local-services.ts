import { type PortVariable, SERVICE_PORTS } from './service-ports.ts';
import { LOCAL_BUS, LOCAL_TABLE } from './settings.ts';

/** What to say after an error of a command that uses the services of `npm start`. */
const HINT = 'AUDIT_TABLE_NAME is not set, so the services of `npm start` are used. Are they running?';

/**
 * Points a command at the services of `npm start`, unless its environment names an audit table.
 *
 * @returns what to say if the command then fails
 */
export function useLocalServices(environment: Record<string, string | undefined>): string | undefined {
  if (environment.AUDIT_TABLE_NAME) return undefined;
  const urlOf = (variable: PortVariable) =>
    `http://localhost:${environment[variable] || SERVICE_PORTS[variable].defaultPort}`;
  Object.assign(environment, {
    AUDIT_TABLE_NAME: LOCAL_TABLE,
    EVENT_BUS_NAME: LOCAL_BUS,
    AWS_ENDPOINT_URL_DYNAMODB: urlOf('DYNAMODB_PORT'),
    AWS_ENDPOINT_URL_EVENTBRIDGE: urlOf('EVENTS_PORT'),
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // The developer's real AWS credentials are kept out of the requests.
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
  });
  return HINT;
}
