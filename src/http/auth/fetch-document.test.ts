import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createFetchDocument } from './fetch-document.ts';

let server: Server;
let requests: number;
afterEach(() => server.close());

/** Fetches a document from a server that responds in this way, and counts its requests. */
async function fetchFrom(respond: (attempt: number) => RequestListener) {
  requests = 0;
  server = createServer((incoming, outgoing) => {
    requests += 1;
    respond(requests)(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const document = await createFetchDocument()(`http://localhost:${port}/jwks`);
  return new TextDecoder().decode(document);
}

it('gives the document', async () => {
  expect(await fetchFrom(() => (_, outgoing) => outgoing.end('{"keys":[]}'))).toBe('{"keys":[]}');
});

it('tries once more after a failure', async () => {
  const respond =
    (attempt: number): RequestListener =>
    (_, outgoing) => {
      outgoing.statusCode = attempt === 1 ? 503 : 200;
      outgoing.end('document');
    };
  expect(await fetchFrom(respond)).toBe('document');
});

it.each<[string, RequestListener]>([
  ['GET http://localhost:\\d+/jwks failed: 404', (_, outgoing) => outgoing.writeHead(404).end('secret')],
  ['failed: 302', (_, outgoing) => outgoing.writeHead(302, { Location: '/elsewhere' }).end()],
  ['failed: ERR_BAD_RESPONSE', (_, outgoing) => outgoing.end('x'.repeat(512 * 1024 + 1))],
  ['failed: ECONNRESET', (incoming) => incoming.socket.destroy()],
])('gives up with "%s" after two tries', async (message, respond) => {
  await expect(fetchFrom(() => respond)).rejects.toThrow(new RegExp(message));
  expect(requests).toBe(2);
});
