import { parseArgs } from 'node:util';
import { type ApiCredential, parseCredentialPath } from '../rotation/api-credential.ts';
import { askAt, readBaseUrl, reasonOf } from './ask.ts';
import { runCommand } from './run-command.ts';
import { dryRun, listing, OPEN_CHECKS } from './smoke-checks.ts';

const USAGE = `Usage: npm run smoke -- --url <url> [--token <token> [--credential <path>]]

  --url          the address of a deployed Keyturn: the output HttpApiUrl of its stack
  --token        a caller's access token with the scope rotations:read; without it, the listing is not checked
  --credential   an API credential, such as merchants/ACME_NL/apiCredentials/S2-1, for a dry run of its rotation. It asks
                 Adyen too. The token needs the scope apikeys:rotate and a grant

Checks that a deployed Keyturn works, with requests that change nothing, and prints one line for each check.
The exit code is 0 if all checks passed, 1 if one failed, 2 if they could not be done.`;

type Arguments = Readonly<{
  url: string;
  token: string | undefined;
  credential: ApiCredential | undefined;
}>;

/** Runs every check, prints one line for each, and returns whether none failed. Throws an error if nothing responds. */
async function smoke({ url, token, credential }: Arguments): Promise<boolean> {
  const ask = askAt(url);
  await ask({ path: '/health' }).catch((error: Error) => {
    throw new Error(`Nothing responds at ${url}: ${reasonOf(error)}`);
  });
  let failed = 0;
  const withToken =
    token === undefined ? [] : [listing(token), ...(credential ? [dryRun(token, credential)] : [])];
  for (const { name, run } of [...OPEN_CHECKS, ...withToken]) {
    try {
      print('ok', name, await run(ask));
    } catch (error) {
      failed += 1;
      print('FAILED', name, reasonOf(error));
    }
  }
  if (token === undefined) print('skipped', 'list, token', 'no --token was given');
  if (!credential) print('skipped', 'dry run', 'no --credential was given');
  return failed === 0;
}

function print(outcome: 'ok' | 'FAILED' | 'skipped', name: string, detail: string): void {
  console.log(`${outcome.padEnd(8)} ${name.padEnd(17)} ${detail}`);
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, token: { type: 'string' }, credential: { type: 'string' } },
  });
  const { url, token, credential: path } = values;
  if (url === undefined) throw new Error('--url is required.');
  const credential = path === undefined ? undefined : parseCredentialPath(path);
  if (path !== undefined && !credential) {
    throw new Error('--credential must be a path such as merchants/ACME_NL/apiCredentials/S2-1.');
  }
  if (credential && token === undefined) throw new Error('--credential needs --token.');
  return { url: readBaseUrl(url), token, credential };
}

await runCommand({ usage: USAGE, readArguments, run: smoke });
