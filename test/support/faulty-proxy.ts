import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** `refuse`: a server error, and nothing is done. `lose-response`: the call is done, its response is lost. */
export type ProxyFault = 'refuse' | 'lose-response';

export type FaultyProxy = Readonly<{
  url: string;
  /** The operations that passed through, such as `PutItem`, in sequence. */
  operations: string[];
  /** Gives each of the next calls of an operation one fault. */
  fail(operation: string, ...faults: ProxyFault[]): void;
  /** While true, every call fails as with `refuse`. */
  setOutage(outage: boolean): void;
  close(): Promise<void>;
}>;

/** Starts a proxy between an AWS SDK and a local AWS service (JSON protocol) that makes chosen calls fail. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const operations: string[] = [];
  const faults = new Map<string, ProxyFault[]>();
  let isOut = false;

  const server = http.createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    operations.push(operation);
    const fault = isOut ? 'refuse' : faults.get(operation)?.shift();
    if (fault === 'refuse') {
      request.resume();
      response.writeHead(500, { 'Content-Type': 'application/x-amz-json-1.0' });
      response.end('{"__type":"InternalServerError"}');
      return;
    }
    const { method, headers } = request;
    const forwarded = http.request(target, { method, headers }, (upstream) => {
      if (fault === 'lose-response') {
        upstream.resume().once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      upstream.pipe(response);
    });
    forwarded.once('error', () => response.destroy());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://localhost:${port}`,
    operations,
    fail(operation, ...next) {
      faults.set(operation, next);
    },
    setOutage(outage) {
      isOut = outage;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
