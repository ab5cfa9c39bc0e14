import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';

export type TlsFront = Readonly<{ url: string; close(): Promise<void> }>;

/** Stands before a local server and speaks TLS for it, as AWS, Adyen and an issuer do. */
export async function startTlsFront(target: string, certificate: SecureContextOptions): Promise<TlsFront> {
  const { port: targetPort } = new URL(target);
  const sockets = new Set<TLSSocket>();
  const server = createServer(certificate, (outer) => {
    const inner = connect({ port: Number(targetPort), host: 'localhost', noDelay: true });
    outer.setNoDelay(true);
    sockets.add(outer);
    // Whoever hangs up, the other side is to see it.
    outer.on('error', () => inner.destroy()).on('close', () => sockets.delete(outer) && inner.destroy());
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
