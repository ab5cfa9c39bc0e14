import { parseArgs } from 'node:util';
import { runCommand } from '../cli/run-command.ts';
import { SERVICE_PORTS } from './service-ports.ts';

const USAGE = `Usage: npm run -s token -- [--client local-app] [--scope "apikeys:rotate apikeys:force"]

  --client   the client id of the token, which is its subject too (local-app)
  --scope    its scopes, separated by spaces (apikeys:rotate)

Prints a bearer token of the issuer that \`npm start\` runs. OIDC_PORT changes its port.
The exit code is 0 if there is a token, 2 if not.`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      client: { type: 'string', default: 'local-app' },
      scope: { type: 'string', default: 'apikeys:rotate' },
    },
  });
  return values;
}

async function printToken({ client, scope }: ReturnType<typeof readArguments>): Promise<boolean> {
  const url = `http://localhost:${process.env.OIDC_PORT || SERVICE_PORTS.OIDC_PORT.defaultPort}/token`;
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client, scope }),
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
  return true;
}

await runCommand({ usage: USAGE, readArguments, run: printToken });
