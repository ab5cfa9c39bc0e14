import { parseArgs } from 'node:util';
import { runCommand } from './run-command.ts';
import { askAt, listing, OPEN_CHECKS } from './smoke-checks.ts';

const USAGE = `Usage: npm run smoke -- --url <url> [--token <token>]

  --url     the address of a deployed Keyturn: the output HttpApiUrl of its stack
  --token   a caller's access token with the scope rotations:read; without it, the listing is not checked

Checks that a deployed Keyturn works, with requests that change nothing, and prints one line for each check.
The exit code is 0 if all checks passed, 1 if one failed, 2 if they could not be done.`;

type Arguments = Readonly<{ url: string; token: string | undefined }>;

/** Runs every check, prints one line for each, and returns whether none failed. Throws an error if nothing responds. */
async function smoke({ url, token }: Arguments): Promise<boolean> {
  const ask = askAt(url);
  await ask({ path: '/health' }).catch((error: Error) => {
    throw new Error(`Nothing responds at ${url}: ${reasonOf(error)}`);
  });
  let failed = 0;
  for (const { name, run } of [...OPEN_CHECKS, ...(token === undefined ? [] : [listing(token)])]) {
    try {
      print('ok', name, await run(ask));
    } catch (error) {
      failed += 1;
      print('FAILED', name, reasonOf(error));
    }
  }
  if (token === undefined) print('skipped', 'list, token', 'no --token was given');
  return failed === 0;
}

function print(outcome: 'ok' | 'FAILED' | 'skipped', name: string, detail: string): void {
  console.log(`${outcome.padEnd(8)} ${name.padEnd(17)} ${detail}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` has the reason in its cause.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function readArguments(): Arguments {
  const { values } = parseArgs({ options: { url: { type: 'string' }, token: { type: 'string' } } });
  if (values.url === undefined) throw new Error('--url is required.');
  const url = URL.parse(values.url);
  const isLocal = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  // The token must not cross a network in the clear.
  if (url?.protocol !== 'https:' && !isLocal) throw new Error('--url must be an https URL.');
  return { url: values.url.replace(/\/+$/, ''), token: values.token };
}

await runCommand({ usage: USAGE, readArguments, run: smoke });
