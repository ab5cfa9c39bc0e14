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

/**
 * The port of a local service, from the environment or its default, after a check that it is free. Throws an error that
 * says which service needs the port and which variable changes it.
 */
export async function freePort(
  variable: PortVariable,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { service, defaultPort } = SERVICE_PORTS[variable];
  const port = Number(environment[variable] || defaultPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`${variable} must be a port from 1 to 65535.`);
  }
  if (!(await isFree(port))) {
    throw new Error(
      `Port ${port} is already in use, and ${service} needs it. Set ${variable} to another port.`,
    );
  }
  return port;
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
