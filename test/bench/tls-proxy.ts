import { connect } from 'node:net';
import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { listeningPort } from '../../src/local/listening-port.ts';

export type TlsProxy = Readonly<{ url: string; close(): Promise<void> }>;

/** Starts a proxy that adds TLS to a local server, because AWS, Adyen and a token issuer speak TLS. */
export async function startTlsProxy(target: string, certificate: SecureContextOptions): Promise<TlsProxy> {
  const { port: targetPort } = new URL(target);
  const sockets = new Set<TLSSocket>();
  const server = createServer(certificate, (outer) => {
    const inner = connect({ port: Number(targetPort), host: 'localhost', noDelay: true });
    outer.setNoDelay(true);
    sockets.add(outer);
    // If one side closes the connection, the other side is closed too.
    outer.on('error', () => inner.destroy()).on('close', () => sockets.delete(outer) && inner.destroy());
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `https://localhost:${listeningPort(server)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
