import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const READY_TIMEOUT_MS = 60_000;

export type Gateway = Readonly<{
  url: string;
  /** Fulfilled when the gateway listens. Rejected if it ends before that or does not listen within a minute. */
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
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  // Before it listens, serverless-offline prints a box with every route, and has no option that leaves it out.
  const early: string[] = [];
  let isEarly = true;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (isEarly) early.push(line);
    else console.log(line);
  });
  const url = `http://localhost:${port}`;
  const exit = new AbortController();
  const ended = once(child, 'exit').then(() => exit.abort());
  const giveUp = AbortSignal.any([exit.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  return {
    url,
    ready: waitUntilListening(port, giveUp).then(
      () => {
        isEarly = false;
      },
      (error) => {
        for (const line of early) console.error(line);
        throw error;
      },
    ),
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Connects and sends nothing: a request would be in the log. */
async function waitUntilListening(port: number, giveUp: AbortSignal): Promise<void> {
  while (!giveUp.aborted) {
    const socket = connect(port, 'localhost');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(POLL_MS);
    } finally {
      socket.destroy();
    }
  }
  throw new Error('The gateway does not start. Its output above may say why.');
}
