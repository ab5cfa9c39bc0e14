import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What one invocation came to, and when it began and ended (ms on the clock of `performance`). */
export type Invocation = Readonly<{ body: string; startedAt: number; endedAt: number; isError: boolean }>;

export type RuntimeApi = Readonly<{
  /** Where the runtime interface client finds it: `AWS_LAMBDA_RUNTIME_API`. */
  host: string;
  /** Fulfilled when the function asks for its first event: its initialisation is over. */
  polled: Promise<number>;
  /** Gives the function an event and waits for what it answers. Rejects if its initialisation has failed. */
  invoke(event: object): Promise<Invocation>;
  close(): Promise<void>;
}>;

/**
 * Lambda's Runtime API (2018-06-01) for one function, as far as AWS's runtime interface client speaks it.
 *
 * @param timeoutMs how long an invocation may take
 */
export async function startRuntimeApi(timeoutMs = 29_000): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;
  let ended: ((invocation: Invocation) => void) | undefined;
  let failed: (error: Error) => void = () => {};
  let startedAt = 0;
  const broken = new Promise<never>((_resolve, reject) => {
    failed = reject;
  });
  broken.catch(() => {});
  let sayPolled: (at: number) => void = () => {};
  const polled = new Promise<number>((resolve) => {
    sayPolled = resolve;
  });
  let sayWaiting: () => void = () => {};
  let isWaiting = new Promise<void>((resolve) => {
    sayWaiting = resolve;
  });

  const server = createServer(async (request, response) => {
    const now = performance.now();
    const path = request.url ?? '';
    if (path.endsWith('/invocation/next')) {
      sayPolled(now);
      waiting = response;
      sayWaiting();
      return;
    }
    const body = await textOf(request);
    response.writeHead(202).end();
    if (path.endsWith('/init/error')) return failed(new Error(`the function can not start: ${body}`));
    if (/\/invocation\/[^/]+\/(response|error)$/.test(path)) {
      ended?.({ body, startedAt, endedAt: now, isError: path.endsWith('/error') });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;

  return {
    host: `127.0.0.1:${port}`,
    polled: Promise.race([polled, broken]),
    async invoke(event) {
      await Promise.race([isWaiting, broken]);
      const end = new Promise<Invocation>((resolve) => {
        ended = resolve;
      });
      isWaiting = new Promise<void>((resolve) => {
        sayWaiting = resolve;
      });
      startedAt = performance.now();
      waiting
        ?.writeHead(200, {
          'Content-Type': 'application/json',
          'Lambda-Runtime-Aws-Request-Id': randomUUID(),
          'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
          'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-west-1:000000000000:function:bench',
        })
        .end(JSON.stringify(event));
      return Promise.race([end, broken]);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
