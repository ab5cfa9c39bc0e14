import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A free port. */
export async function anyFreePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
