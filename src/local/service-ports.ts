import { createServer } from 'node:net';

/** The local services and their default ports, by the environment variable that changes the port. */
export const SERVICE_PORTS = {
  PORT: { service: 'the gateway', defaultPort: 3000 },
  OIDC_PORT: { service: 'the token issuer', defaultPort: 3001 },
  ADYEN_PORT: { service: 'the Adyen simulator', defaultPort: 3002 },
  DYNAMODB_PORT: { service: 'DynamoDB', defaultPort: 3003 },
  SECRETS_PORT: { service: 'Secrets Manager', defaultPort: 3004 },
  EVENTS_PORT: { service: 'the event bus', defaultPort: 3005 },
  APPCONFIG_PORT: { service: 'AppConfig', defaultPort: 3006 },
} as const;

export type PortVariable = keyof typeof SERVICE_PORTS;

/** The port of a service that was asked for. */
export type PortOf = (variable: PortVariable) => number;

/**
 * The ports of local services, from the environment or their defaults, after a check that they are free. Throws one error
 * about all that are not: which service needs which port, and which variable changes it.
 */
export async function freePorts(
  variables: readonly PortVariable[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PortOf> {
  const ports = new Map<PortVariable, number>();
  const faults: string[] = [];
  for (const variable of variables) {
    const { service, defaultPort } = SERVICE_PORTS[variable];
    const port = Number(environment[variable] || defaultPort);
    const twin = variables.find((other) => ports.get(other) === port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      faults.push(`${variable} must be a port from 1 to 65535.`);
    } else if (twin) {
      faults.push(`${twin} and ${variable} are both ${port}. Set one of them to another port.`);
    } else if (!(await isFree(port))) {
      faults.push(
        `Port ${port} is already in use, and ${service} needs it. Set ${variable} to another port.`,
      );
    }
    ports.set(variable, port);
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return (variable) => {
    const port = ports.get(variable);
    if (port === undefined) throw new Error(`the port in ${variable} was not looked for`);
    return port;
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, 'localhost', () => server.close(() => resolve(true)));
  });
}
