import { parseArgs } from 'node:util';
import { SERVICE_PORTS } from './service-ports.ts';

const USAGE = 'npm run -s token -- [--client local-app] [--scope "apikeys:rotate apikeys:force"]';

/** Prints a bearer token of the local issuer: `npm run -s token`. */
async function printToken(): Promise<void> {
  const { values } = parseArgs({
    options: {
      client: { type: 'string', default: 'local-app' },
      scope: { type: 'string', default: 'apikeys:rotate' },
    },
  });
  const url = `http://localhost:${process.env.OIDC_PORT ?? SERVICE_PORTS.OIDC_PORT.defaultPort}/token`;
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: values.client,
      scope: values.scope,
    }),
  }).catch(() => {
    throw new Error(
      `No token issuer responds at ${url}. Start it with: npm start (OIDC_PORT changes its port)`,
    );
  });
  const body: unknown = await response.json();
  if (!response.ok || typeof body !== 'object' || body === null || !('access_token' in body)) {
    throw new Error(`The token issuer responded with ${response.status}: ${JSON.stringify(body)}`);
  }
  console.log(body.access_token);
}

try {
  await printToken();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`Usage: ${USAGE}`);
  process.exitCode = 1;
}
