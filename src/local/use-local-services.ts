import { type PortVariable, SERVICE_PORTS } from './service-ports.ts';
import { LOCAL_BUS, LOCAL_TABLE } from './settings.ts';

/** Points a command at the services of `npm start`, unless its environment names an audit table. */
export function useLocalServices(environment: Record<string, string | undefined>): void {
  if (environment.AUDIT_TABLE_NAME) return;
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
  });
}
