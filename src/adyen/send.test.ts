import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AdyenHost, startAdyenHost } from '../../test/support/adyen-host.ts';
import { createSend, type Send } from './send.ts';

const KEY = 'AQEkeyThatMustNotLeave';
const request = {
  method: 'POST',
  url: new URL('https://management-test.adyen.com/v3/x'),
  headers: { 'X-API-Key': KEY },
  timeoutMs: 300,
} as const;

let host: AdyenHost;
let connections: Set<number | undefined>;
let answer: Parameters<typeof startAdyenHost>[0];
let time: number;
let send: Send;

beforeAll(async () => {
  host = await startAdyenHost((incoming, outgoing) => {
    connections.add(incoming.socket.remotePort);
    answer(incoming, outgoing);
  });
});
afterAll(() => host.close());
beforeEach(() => {
  connections = new Set();
  time = 0;
  send = createSend({ tls: host.tls, now: () => time });
  answer = (_incoming, outgoing) => outgoing.end('{"apiKey":"x"}');
});

describe('an exchange over https', () => {
  it('gives the status, the headers and the body', async () => {
    answer = (_incoming, outgoing) => outgoing.writeHead(201, { PspReference: 'P' }).end('body');
    const exchange = await send(request);
    if (exchange.kind !== 'responded') throw new Error(exchange.kind);
    expect([exchange.status, exchange.header('pspReference'), exchange.header('none')]).toEqual([
      201,
      'P',
      undefined,
    ]);
    expect(exchange.body).toEqual({ kind: 'complete', text: 'body' });
  });

  it('shares one connection with the next', async () => {
    for (let turn = 0; turn < 3; turn += 1) await send(request);
    expect(connections.size).toBe(1);
  });

  it('takes a new connection after an idle time in which the old one may have died unseen', async () => {
    await send(request);
    time += 15_001;
    expect(await send(request)).toMatchObject({ kind: 'responded' });
    expect(connections.size).toBe(2);
  });

  it('follows nothing', async () => {
    answer = (_incoming, outgoing) => outgoing.writeHead(302, { Location: '/elsewhere' }).end();
    expect(await send(request)).toMatchObject({ kind: 'responded', status: 302 });
  });

  it('takes a body of 64 KiB and not a byte more', async () => {
    const bodyOf = async (length: number) => {
      answer = (_incoming, outgoing) => outgoing.end('x'.repeat(length));
      const exchange = await send(request);
      return exchange.kind === 'responded' && exchange.body.kind;
    };
    expect([await bodyOf(64 * 1024), await bodyOf(64 * 1024 + 1)]).toEqual(['complete', 'too-large']);
  });

  it('that is cut may have been processed', async () => {
    answer = (incoming) => incoming.socket.destroy();
    expect(await send(request)).toEqual({ kind: 'cut' });
  });

  it('that is cut on a connection which was used before may have been processed', async () => {
    await send(request);
    answer = (incoming) => incoming.socket.destroy();
    expect(await send(request)).toEqual({ kind: 'cut' });
    expect(connections.size).toBe(1);
  });

  it('that is not answered in time may have been processed', async () => {
    answer = () => {};
    expect(await send(request)).toEqual({ kind: 'timed-out' });
  });

  it('whose body stops in the middle has a status and no body', async () => {
    answer = (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'Content-Length': 100 }).write('half');
    };
    expect(await send(request)).toMatchObject({
      kind: 'responded',
      status: 200,
      body: { kind: 'timed-out' },
    });
  });
});

describe('an exchange that never reached the upstream', () => {
  it.each<[string, ServerListener]>([
    ['a handshake that is cut', (socket) => socket.destroy()],
    ['a handshake that does not end in time', (socket) => socket.resume()],
  ])('because of %s is certainly not processed', async (_why, listener) => {
    const { port, close } = await listen(listener);
    expect(await createSend({ tls: { ...host.tls, port } })(request)).toEqual({ kind: 'unreached' });
    close();
  });

  it.each<[string, () => Send]>([
    ['a port that nobody listens on', () => createSend({ tls: { ...host.tls, port: 1 } })],
    ['a certificate that is not trusted', () => createSend({ tls: { ...host.tls, ca: '' } })],
  ])('because of %s is certainly not processed', async (_why, make) => {
    expect(await make()(request)).toEqual({ kind: 'unreached' });
    expect(connections.size).toBe(0);
  });

  it('because of a host without an address is certainly not processed', async () => {
    const url = new URL('https://management-test.adyen.com.invalid/v3/x');
    expect(await createSend()({ ...request, url })).toEqual({ kind: 'unreached' });
  });

  it('because the certificate is for another host has not shown the key', async () => {
    const url = new URL('https://example.com/v3/x');
    expect(await send({ ...request, url })).toEqual({ kind: 'unreached' });
    expect(connections.size).toBe(0);
  });
});

describe('an exchange over http', () => {
  const to = (port: number) => send({ ...request, url: new URL(`http://127.0.0.1:${port}/`) });

  it('that finds nobody is certainly not processed', async () => {
    expect(await to(1)).toEqual({ kind: 'unreached' });
  });

  it.each<[string, ServerListener]>([
    ['timed-out', (socket) => socket.resume()],
    ['cut', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  ])('that was sent and ends as %s may have been processed', async (kind, listener) => {
    const { port, close } = await listen(listener);
    expect(await to(port)).toEqual({ kind });
    close();
  });
});

type ServerListener = (socket: Socket) => void;

async function listen(listener: ServerListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { port, close: () => server.close() };
}
