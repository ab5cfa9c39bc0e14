import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
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
let respond: Parameters<typeof startAdyenHost>[0];
let time: number;
let send: Send;

beforeAll(async () => {
  host = await startAdyenHost((incoming, outgoing) => {
    connections.add(incoming.socket.remotePort);
    respond(incoming, outgoing);
  });
});
afterAll(() => host.close());
beforeEach(() => {
  connections = new Set();
  time = 0;
  send = createSend({ tls: host.tls, now: () => time });
  respond = (_incoming, outgoing) => outgoing.end('{"apiKey":"x"}');
});

describe('a request over https', () => {
  it('returns the status, the headers and the body', async () => {
    respond = (_incoming, outgoing) => outgoing.writeHead(201, { PspReference: 'P' }).end('body');
    const response = await send(request);
    if (response.kind !== 'responded') throw new Error(response.kind);
    expect([response.status, response.header('pspReference'), response.header('none')]).toEqual([
      201,
      'P',
      undefined,
    ]);
    expect(response.body).toEqual({ kind: 'complete', text: 'body' });
  });

  it('claims no content type, since it has no body', async () => {
    let headers: IncomingHttpHeaders = {};
    respond = (incoming, outgoing) => {
      headers = incoming.headers;
      outgoing.end();
    };
    await send(request);
    expect(headers).toMatchObject({ 'content-length': '0', 'x-api-key': KEY });
    expect(headers).not.toHaveProperty('content-type');
  });

  it('reuses the connection of the previous request', async () => {
    for (let turn = 0; turn < 3; turn += 1) await send(request);
    expect(connections.size).toBe(1);
  });

  it.each<[string, OutgoingHttpHeaders, number]>([
    ['as long as Adyen has promised, less a margin', { 'Keep-Alive': 'timeout=5' }, 3_000],
    ['for 15 seconds, although Adyen has promised a minute', { 'Keep-Alive': 'timeout=60' }, 15_000],
  ])('reuses a connection %s, and not longer', async (_what, headers, reusableMs) => {
    respond = (_incoming, outgoing) => outgoing.writeHead(200, headers).end();
    await send(request);
    time += reusableMs - 1;
    await send(request);
    expect(connections.size).toBe(1);
    time += reusableMs;
    expect(await send(request)).toMatchObject({ kind: 'responded' });
    expect(connections.size).toBe(2);
  });

  it.each(['a new', 'a reused'])(
    'whose time ran out in a frozen container before it left is not sent on %s connection',
    async (kind) => {
      if (kind === 'a reused') await send(request);
      connections.clear();
      const sending = send(request);
      time += request.timeoutMs;
      expect(await sending).toEqual({ kind: 'unreached' });
      expect(connections.size).toBe(0);
    },
  );

  it('reuses no connection that Adyen has not promised to keep open', async () => {
    // With this header of its own, Node adds no promise.
    respond = (_incoming, outgoing) => outgoing.writeHead(200, { Connection: 'keep-alive' }).end();
    await send(request);
    await send(request);
    expect(connections.size).toBe(2);
  });

  it('reuses a connection only as long as promised for it, although another one was used later', async () => {
    respond = (_incoming, outgoing) => outgoing.writeHead(200, { 'Keep-Alive': 'timeout=5' }).end();
    await Promise.all([send(request), send(request)]);
    time += 2_999;
    await send(request);
    time += 2;
    // One connection is still promised; two requests at once need another one, and it must be new.
    await Promise.all([send(request), send(request)]);
    expect(connections.size).toBe(3);
  });

  it('follows no redirect', async () => {
    respond = (_incoming, outgoing) => outgoing.writeHead(302, { Location: '/elsewhere' }).end();
    expect(await send(request)).toMatchObject({ kind: 'responded', status: 302 });
  });

  it('accepts a response body of 64 KiB, and not one byte more', async () => {
    const bodyOf = async (length: number) => {
      respond = (_incoming, outgoing) => outgoing.end('x'.repeat(length));
      const response = await send(request);
      return response.kind === 'responded' && response.body.kind;
    };
    expect([await bodyOf(64 * 1024), await bodyOf(64 * 1024 + 1)]).toEqual(['complete', 'too-large']);
  });

  it('whose connection is cut may have been processed', async () => {
    respond = (incoming) => incoming.socket.destroy();
    expect(await send(request)).toEqual({ kind: 'cut' });
  });

  it('whose connection is cut may have been processed, on a reused connection too', async () => {
    await send(request);
    respond = (incoming) => incoming.socket.destroy();
    expect(await send(request)).toEqual({ kind: 'cut' });
    expect(connections.size).toBe(1);
  });

  it('that gets no response in time may have been processed', async () => {
    respond = () => {};
    expect(await send(request)).toEqual({ kind: 'timed-out' });
  });

  it('returns the status and no body if the body stops in the middle', async () => {
    respond = (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'Content-Length': 100 }).write('half');
    };
    expect(await send(request)).toMatchObject({
      kind: 'responded',
      status: 200,
      body: { kind: 'timed-out' },
    });
  });
});

describe('a request that never reached Adyen', () => {
  it.each<[string, ServerListener]>([
    ['a handshake that is cut', (socket) => socket.destroy()],
    ['a handshake that does not end in time', (socket) => socket.resume()],
  ])('because of %s was certainly not processed', async (_why, listener) => {
    const { port, close } = await listen(listener);
    expect(await createSend({ tls: { ...host.tls, port } })(request)).toEqual({ kind: 'unreached' });
    close();
  });

  it.each<[string, () => Send]>([
    ['a port without a listener', () => createSend({ tls: { ...host.tls, port: 1 } })],
    ['an untrusted certificate', () => createSend({ tls: { ...host.tls, ca: '' } })],
  ])('because of %s was certainly not processed', async (_why, make) => {
    expect(await make()(request)).toEqual({ kind: 'unreached' });
    expect(connections.size).toBe(0);
  });

  it('because its host has no address was certainly not processed', async () => {
    const url = new URL('https://management-test.adyen.com.invalid/v3/x');
    expect(await createSend()({ ...request, url })).toEqual({ kind: 'unreached' });
  });

  it('because the certificate is for another host has not revealed the key', async () => {
    const url = new URL('https://example.com/v3/x');
    expect(await send({ ...request, url })).toEqual({ kind: 'unreached' });
    expect(connections.size).toBe(0);
  });
});

describe('a request over http', () => {
  const to = (port: number) => send({ ...request, url: new URL(`http://127.0.0.1:${port}/`) });

  it('that finds no listener was certainly not processed', async () => {
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
