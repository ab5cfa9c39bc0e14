import { createServer } from 'node:net';

/** Each local part's port, unless the environment says another. */
export const DEFAULTS = {
  PORT: { part: 'the gateway', port: 3000 },
  OIDC_PORT: { part: 'the token issuer', port: 3001 },
  ADYEN_PORT: { part: 'the Adyen simulator', port: 3002 },
  DYNAMODB_PORT: { part: 'DynamoDB', port: 3003 },
  SECRETS_PORT: { part: 'Secrets Manager', port: 3004 },
  EVENTS_PORT: { part: 'the event bus', port: 3005 },
} as const;

export type PortVariable = keyof typeof DEFAULTS;

/**
 * The port of a local part, from the environment or the usual one, seen to be free. Throws an error that says which
 * part needs it and which variable moves it.
 */
export async function freePort(
  variable: PortVariable,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { part, port: usual } = DEFAULTS[variable];
  const port = Number(environment[variable] || usual);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`${variable} must be a port from 1 to 65535.`);
  }
  if (!(await isFree(port))) {
    throw new Error(`Port ${port} is taken, and ${part} needs one. Set ${variable} to another.`);
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
