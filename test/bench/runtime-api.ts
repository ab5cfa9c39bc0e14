import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listeningPort } from '../../src/local/listening-port.ts';

/** The result of one invocation, and when it began and ended (ms, by `performance.now`). */
export type Invocation = Readonly<{ body: string; startedAt: number; endedAt: number; isError: boolean }>;

export type RuntimeApi = Readonly<{
  /** Its address, for the runtime interface client: `AWS_LAMBDA_RUNTIME_API`. */
  host: string;
  /** Fulfilled, with the time, when the function polls for its first event: its initialisation is over. */
  polled: Promise<number>;
  /** Gives the function an event and waits for its response. Rejects if the initialisation has failed. */
  invoke(event: object): Promise<Invocation>;
  close(): Promise<void>;
}>;

/**
 * Starts a server with the part of Lambda's Runtime API (2018-06-01) that AWS's runtime interface client uses, for one
 * function.
 *
 * @param timeoutMs how long an invocation may take
 */
export async function startRuntimeApi(timeoutMs = 29_000): Promise<RuntimeApi> {
  const failure = Promise.withResolvers<never>();
  // A failure before the caller waits for it must not end the process.
  failure.promise.catch(() => {});
  const firstPoll = Promise.withResolvers<number>();
  let poll = Promise.withResolvers<ServerResponse>();
  let end = Promise.withResolvers<Pick<Invocation, 'body' | 'endedAt' | 'isError'>>();

  const server = createServer(async (request, response) => {
    const now = performance.now();
    const path = request.url ?? '';
    if (path.endsWith('/invocation/next')) {
      firstPoll.resolve(now);
      poll.resolve(response);
      return;
    }
    const body = await text(request);
    response.writeHead(202).end();
    if (path.endsWith('/init/error')) return failure.reject(new Error(`the function cannot start: ${body}`));
    if (/\/invocation\/[^/]+\/(response|error)$/.test(path)) {
      end.resolve({ body, endedAt: now, isError: path.endsWith('/error') });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    host: `127.0.0.1:${listeningPort(server)}`,
    polled: Promise.race([firstPoll.promise, failure.promise]),
    async invoke(event) {
      const response = await Promise.race([poll.promise, failure.promise]);
      poll = Promise.withResolvers();
      end = Promise.withResolvers();
      const startedAt = performance.now();
      response
        .writeHead(200, {
          'Content-Type': 'application/json',
          'Lambda-Runtime-Aws-Request-Id': randomUUID(),
          'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
          'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-west-1:000000000000:function:bench',
        })
        .end(JSON.stringify(event));
      return { ...(await Promise.race([end.promise, failure.promise])), startedAt };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
