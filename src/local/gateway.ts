import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const READY_TIMEOUT_MS = 60_000;

export type Gateway = Readonly<{
  url: string;
  /** Fulfilled when the gateway responds. Rejected if it ends before that or does not respond within a minute. */
  ready: Promise<void>;
  /** Fulfilled when the gateway's process has ended, for whatever reason. */
  ended: Promise<void>;
  /** Stops the gateway and waits until its process has ended. */
  stop(): Promise<void>;
}>;

/**
 * Starts a local API Gateway (serverless-offline) with the functions and routes of serverless.yml, as a child of
 * this process. The functions log to standard output.
 */
export function startGateway(
  port: number,
  environment: Readonly<Record<string, string | undefined>>,
): Gateway {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  // 0: any free port. Only the gateway calls the functions there.
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
  const exit = new AbortController();
  const ended = once(child, 'exit').then(() => exit.abort());
  const giveUp = AbortSignal.any([exit.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  return {
    url,
    ready: waitForResponse(`${url}/health`, giveUp),
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function waitForResponse(url: string, giveUp: AbortSignal): Promise<void> {
  while (!giveUp.aborted) {
    // Until the gateway listens, the connection is refused.
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await sleep(POLL_MS);
  }
  throw new Error('The gateway does not respond. Its output above may say why.');
}
