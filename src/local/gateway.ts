import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { anyFreePort } from './ports.ts';

const POLL_MS = 100;

export type Gateway = Readonly<{
  url: string;
  /** Fulfilled when the gateway has ended, whoever ended it. */
  ended: Promise<unknown>;
  /** Ends the gateway and waits until it has ended. */
  stop(): Promise<void>;
}>;

/**
 * Starts a local API Gateway (serverless-offline) with the functions and routes of serverless.yml, as a child of
 * this process, and waits until it answers. What the functions log goes to standard output.
 */
export async function startGateway(
  port: number,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Gateway> {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const ports = ['--httpPort', String(port), '--lambdaPort', String(await anyFreePort())];
  const child = spawn(
    process.execPath,
    [serverless, 'offline', '--stage', 'local', '--noSponsor', ...ports],
    {
      cwd: new URL('../..', import.meta.url),
      env: { SLS_LOG_LEVEL: 'warning', ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const ended = once(child, 'exit');
  const url = `http://localhost:${port}`;
  while (!(await answers(`${url}/health`))) {
    if (child.exitCode !== null) throw new Error('The gateway has ended before it answered.');
    await sleep(POLL_MS);
  }
  return {
    url,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Nobody listens yet.
    return false;
  }
}
