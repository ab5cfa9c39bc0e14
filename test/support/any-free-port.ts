import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to connections and to servers that ask for any port (32768 to 60999). */
const FIRST_PORT = 10_000;
const PORTS = 20_000;

/** A port that is free, and that no other process gets by chance before it is used. */
export async function anyFreePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer();
    const listening = once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.listen(port, 'localhost');
    if (!(await listening)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
