import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a call: it is carried out, or its caller is killed before or after that. */
export type Fate = 'live' | 'killed-before' | 'killed-after';

/** Decides about a call by its name. A call whose fate is a promise waits for it: only one without a body may. */
export type FateOf = (call: string) => Fate | Promise<Fate>;

/** A call to an AWS service as it goes over the socket: `DynamoDB_20120810.Query` and its input as JSON. */
export type AwsCall = Readonly<{ operation: string; input: string }>;

export type Gate = Readonly<{
  /** The URL of a target through the gate. */
  urlOf(target: string): string;
  /** Carries out a call that does not go over a socket. */
  pass<T>(call: string, carryOut: () => Promise<T>): Promise<T>;
  /** Fulfilled when the function behind the gate has been killed. */
  killed: Promise<void>;
  close(): Promise<void>;
}>;

const never = () => new Promise<never>(() => {});

/**
 * Stands between one run of a function and everything outside it. Once the function is killed, nothing passes
 * in either direction, as if its process were gone.
 *
 * @param targets base URLs by name
 * @param fateOf decides about each call, by the name of the call
 * @param onAwsCall is told of each call to an AWS service
 */
export async function startGate(
  targets: Readonly<Record<string, string>>,
  fateOf: FateOf,
  onAwsCall: (call: AwsCall) => void = () => {},
): Promise<Gate> {
  const underway = new Set<Promise<unknown>>();
  let isDead = false;
  let die = () => {};
  const killed = new Promise<void>((resolve) => {
    die = () => {
      isDead = true;
      resolve();
    };
  });
  const servers: http.Server[] = [];
  const ports = new Map<string, number>();

  for (const [name, target] of Object.entries(targets)) {
    const server = http.createServer((request, response) => {
      if (isDead) return;
      const awsOperation = request.headers['x-amz-target'];
      if (typeof awsOperation === 'string') {
        const input: Buffer[] = [];
        request.on('data', (chunk: Buffer) => input.push(chunk));
        request.once('end', () =>
          onAwsCall({ operation: awsOperation, input: Buffer.concat(input).toString('utf8') }),
        );
      }
      const operation = String(awsOperation ?? `${name} ${request.method}`);
      const carryOut = (fate: Fate) => {
        if (fate === 'killed-before') return die();
        const { method, headers, url = '/' } = request;
        const forwarded = http.request(new URL(url, target), { method, headers }, (upstream) => {
          const chunks: Buffer[] = [];
          upstream.on('data', (chunk: Buffer) => chunks.push(chunk));
          upstream.once('end', () => {
            if (fate === 'killed-after') return die();
            if (isDead) return;
            response.writeHead(upstream.statusCode ?? 502, upstream.headers).end(Buffer.concat(chunks));
          });
        });
        forwarded.once('error', () => request.socket.destroy());
        request.pipe(forwarded);
      };
      const fate = fateOf(operation.replace(/^.*\./, ''));
      if (fate instanceof Promise) void fate.then(carryOut);
      else carryOut(fate);
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    servers.push(server);
    // A server that listens on a port has an AddressInfo.
    ports.set(name, (server.address() as AddressInfo).port);
  }

  return {
    urlOf(target) {
      const port = ports.get(target);
      if (port === undefined) throw new Error(`no gate leads to ${target}`);
      return `http://localhost:${port}`;
    },
    async pass(call, carryOut) {
      if (isDead) return never();
      const fate = await fateOf(call);
      if (fate === 'killed-before') {
        die();
        return never();
      }
      const carried = carryOut();
      underway.add(carried);
      const result = await carried.finally(() => underway.delete(carried));
      if (fate === 'killed-after') die();
      return isDead ? never() : result;
    },
    killed,
    async close() {
      isDead = true;
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      // Calls under way are still carried out, although the killed function gets no response.
      await Promise.allSettled(underway);
    },
  };
}
