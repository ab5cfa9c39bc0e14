import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a call: it is carried out, or whoever makes it is killed before or after that. */
export type Fate = 'live' | 'killed-before' | 'killed-after';

export type Gate = Readonly<{
  /** Where a target is reached through the gate. */
  urlOf(target: string): string;
  /** Carries out a call that does not go over a socket. */
  pass<T>(call: string, carryOut: () => Promise<T>): Promise<T>;
  /** Fulfilled when whoever stands behind the gate has been killed. */
  killed: Promise<void>;
  close(): Promise<void>;
}>;

const never = () => new Promise<never>(() => {});

/**
 * Stands between one life of a function and the world. From the moment it is killed nothing gets through any more, in
 * either direction, as if the process were gone.
 *
 * @param targets base URLs by name
 * @param fateOf is asked before each call, by its name
 */
export async function startGate(
  targets: Readonly<Record<string, string>>,
  fateOf: (call: string) => Fate,
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
      const operation = String(request.headers['x-amz-target'] ?? `${name} ${request.method}`);
      const fate = fateOf(operation.replace(/^.*\./, ''));
      if (fate === 'killed-before') return die();
      const { method, headers, url = '/' } = request;
      const forwarded = http.request(new URL(url, target), { method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          if (fate === 'killed-after') return die();
          if (isDead) return;
          response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(chunks));
        });
      });
      forwarded.once('error', () => request.socket.destroy());
      request.pipe(forwarded);
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
      const fate = fateOf(call);
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
      // What was on its way arrives, though nobody is there any more to hear of it.
      await Promise.allSettled(underway);
    },
  };
}
