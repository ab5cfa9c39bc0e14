import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const READY_TIMEOUT_MS = 60_000;

export type Gateway = Readonly<{
  url: string;
  /** Fulfilled when the gateway answers. Rejected if it has ended before, or does not answer within a minute. */
  ready: Promise<void>;
  /** Fulfilled when the gateway has ended, whoever ended it. */
  ended: Promise<void>;
  /** Ends the gateway and waits until it has ended. */
  stop(): Promise<void>;
}>;

/**
 * Starts a local API Gateway (serverless-offline) with the functions and routes of serverless.yml, as a child of
 * this process. What the functions log goes to standard output.
 */
export function startGateway(
  port: number,
  environment: Readonly<Record<string, string | undefined>>,
): Gateway {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  // Port 0 is any free one: nobody calls the functions but through the gateway.
  const ports = ['--httpPort', String(port), '--lambdaPort', '0'];
  const child = spawn(
    process.execPath,
    [serverless, 'offline', '--stage', 'local', '--noSponsor', ...ports],
    {
      cwd: new URL('../..', import.meta.url),
      env: { SLS_LOG_LEVEL: 'warning', ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const url = `http://localhost:${port}`;
  const over = new AbortController();
  const ended = once(child, 'exit').then(() => over.abort());
  return {
    url,
    ready: answers(`${url}/health`, AbortSignal.any([over.signal, AbortSignal.timeout(READY_TIMEOUT_MS)])),
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(url: string, givingUp: AbortSignal): Promise<void> {
  while (!givingUp.aborted) {
    // A refused connection: nobody listens yet.
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(POLL_MS);
  }
  throw new Error('The gateway does not answer. What it printed above may say why.');
}
