import { parseArgs } from 'node:util';
import { runCommand } from '../cli/run-command.ts';
import { fetchToken, LOCAL_CLIENT } from './fetch-token.ts';

const USAGE = `Usage: npm run -s token -- [--client local-app] [--scope "apikeys:rotate apikeys:force"]

  --client   the client id of the token, which is its subject too (local-app)
  --scope    its scopes, separated by spaces (apikeys:rotate)

Prints a bearer token of the issuer that \`npm start\` runs. OIDC_PORT changes its port.
The exit code is 0 if there is a token, 2 if not.`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      client: { type: 'string', default: LOCAL_CLIENT },
      scope: { type: 'string', default: 'apikeys:rotate' },
    },
  });
  return values;
}

async function printToken(request: ReturnType<typeof readArguments>): Promise<boolean> {
  console.log(await fetchToken(request));
  return true;
}

await runCommand({ usage: USAGE, readArguments, run: printToken });
