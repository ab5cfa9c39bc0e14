import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { generate } from 'selfsigned';

export type AdyenHost = Readonly<{
  /** TLS options with which a client finds every host here, and trusts the hosts below adyen.com. */
  tls: { ca: string; port: number; lookup: LookupFunction };
  close(): Promise<void>;
}>;

const lookup: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** Starts an https server that stands for all hosts of `*.adyen.com`. */
export async function startAdyenHost(listener: RequestListener): Promise<AdyenHost> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'adyen.com' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: '*.adyen.com' }] }],
  });
  const server = createServer({ cert, key }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    tls: { ca: cert, port, lookup },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
