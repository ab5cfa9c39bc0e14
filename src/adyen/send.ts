import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import axios from 'axios';

/** No response of this API is near this size (bytes); a larger body is not read. */
const MAX_BODY_BYTES = 64 * 1024;

/** Idle sockets are not used again after this time (ms), whatever their peer has promised. */
const MAX_IDLE_MS = 15_000;
/** Before the end of the promised time (ms), a socket counts as one that its peer may have closed. */
const PROMISE_MARGIN_MS = 2_000;

export type UpstreamRequest = Readonly<{
  method: 'GET' | 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
}>;

export type UpstreamBody =
  | Readonly<{ kind: 'complete'; text: string }>
  | Readonly<{ kind: 'cut' | 'timed-out' | 'too-large' }>;

/** What came back. Only `unreached` proves that Adyen cannot have processed the request. */
export type UpstreamResponse =
  | Readonly<{
      kind: 'responded';
      status: number;
      header: (name: string) => string | undefined;
      body: UpstreamBody;
    }>
  | Readonly<{ kind: 'unreached' | 'cut' | 'timed-out' }>;

export type Send = (request: UpstreamRequest) => Promise<UpstreamResponse>;

export type SendOptions = Readonly<{ tls?: https.AgentOptions; now?: () => number }>;

/**
 * Makes the only way out to Adyen: a keep-alive axios instance that follows nothing, retries nothing and never
 * throws. Every failure comes back as a value, since an axios error carries the request's headers, and so the key.
 *
 * @param tls options for the TLS connections, such as another certificate authority
 */
export function createSend({ tls = {}, now = Date.now }: SendOptions = {}): Send {
  const agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true, ...tls }),
  };
  const client = axios.create({
    httpAgent: agents.http,
    httpsAgent: agents.https,
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    proxy: false,
    responseType: 'stream',
    validateStatus: () => true,
  });
  // A request that is sent into a socket which the peer has closed is lost, and a lost request is an unknown rotation. A
  // frozen container cannot even see that it was closed. So a socket is used again only while its own peer has promised to
  // keep it open.
  const openUntil = new WeakMap<Socket, number>();
  const closeExpired = () => {
    for (const agent of Object.values(agents)) {
      closeIdleSockets(agent, (socket) => now() >= (openUntil.get(socket) ?? 0));
    }
  };

  return async ({ method, url, headers, timeoutMs }) => {
    // A redirect may have used up the time, and there is no timeout below zero.
    if (timeoutMs <= 0) return { kind: 'unreached' };
    const signal = AbortSignal.timeout(timeoutMs);
    const endsAt = now() + timeoutMs;
    const flight = observeFlight({
      hasTime: () => now() < endsAt,
      beforeRequest: closeExpired,
      onResponse: ({ socket, headers }) =>
        openUntil.set(socket, now() + promisedMs(headerText(headers['keep-alive']))),
    });
    try {
      const response = await client.request<Readable>({
        method,
        url: url.href,
        // No request has a body. axios would claim a form for a POST without one.
        headers: { Accept: 'application/json', 'Content-Type': false, ...headers },
        signal,
        transport: flight.transport,
      });
      return {
        kind: 'responded',
        status: response.status,
        header: (name) => headerText(response.headers[name.toLowerCase()]),
        body: await read(response.data, signal),
      };
    } catch {
      // Nothing of the error is kept: a caller may rely only on which of the three it was.
      if (!flight.hasLeft()) return { kind: 'unreached' };
      return { kind: signal.aborted ? 'timed-out' : 'cut' };
    }
  };
}

/** How long a peer keeps an idle connection open (ms), by its header `Keep-Alive: timeout=…` (s). No header is no promise. */
function promisedMs(header: string | undefined): number {
  const [, seconds = '0'] = /\btimeout=(\d{1,6})\b/.exec(header ?? '') ?? [];
  return Math.min(Number(seconds) * 1000 - PROMISE_MARGIN_MS, MAX_IDLE_MS);
}

async function read(stream: Readable, signal: AbortSignal): Promise<UpstreamBody> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    return { kind: 'complete', text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    if (signal.aborted) return { kind: 'timed-out' };
    // axios's code for a body over maxContentLength.
    return { kind: axios.isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE' ? 'too-large' : 'cut' };
  }
}

/**
 * Tells whether a request can have left: its bytes wait in this process until the connection is established, with TLS
 * until the handshake is over. Error codes do not tell: ECONNRESET happens before and after.
 *
 * @param hasTime a container that was frozen on the way here must not send what its caller has long given up
 * @param beforeRequest runs before a socket is chosen for the request
 * @param onResponse runs when the head of the response is there
 */
function observeFlight({
  hasTime,
  beforeRequest,
  onResponse,
}: {
  hasTime: () => boolean;
  beforeRequest: () => void;
  onResponse: (response: IncomingMessage) => void;
}) {
  let left = false;
  return {
    hasLeft: () => left,
    transport: {
      request(options: RequestOptions, handle: (response: IncomingMessage) => void): ClientRequest {
        const { request: start } = options.protocol === 'https:' ? https : http;
        beforeRequest();
        const request = start(options, handle);
        const leave = () => {
          left = hasTime();
          if (!left) request.destroy();
        };
        request.once('socket', (socket: Socket) => {
          if (!socket.connecting) leave();
          else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', leave);
        });
        return request.once('response', onResponse);
      },
    },
  };
}

function closeIdleSockets(agent: http.Agent, isExpired: (socket: Socket) => boolean): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) if (isExpired(socket)) socket.destroy();
  }
}

function headerText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
