import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** `refuse`: a server error, and nothing was done. `lose-answer`: it was done, and nobody hears of it. */
export type ProxyFault = 'refuse' | 'lose-answer';

export type FaultyProxy = Readonly<{
  url: string;
  /** The operations that came by, such as `PutItem`, in order. */
  operations: string[];
  /** What the next calls of an operation meet: one fault each. */
  fail(operation: string, ...faults: ProxyFault[]): void;
  /** While true, every call is refused. */
  setOutage(outage: boolean): void;
  close(): Promise<void>;
}>;

/** Stands between an AWS SDK and a local AWS service (JSON protocol), and breaks what it is told to. */
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
    const forwarded = http.request(target, { method, headers }, (answer) => {
      if (fault === 'lose-answer') {
        answer.resume().once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
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
