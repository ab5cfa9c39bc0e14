import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import axios from 'axios';

/** No response of this API is near this size (bytes); a larger body is not read. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Sockets that were idle for longer (ms) are not used again. A frozen container cannot see that its peer hung up; a
 * request sent into such a socket would be lost, and a lost request is an unknown rotation.
 */
const MAX_IDLE_MS = 15_000;

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
  let lastUsed = now();

  return async ({ method, url, headers, timeoutMs }) => {
    if (now() - lastUsed > MAX_IDLE_MS) Object.values(agents).forEach(closeIdleSockets);
    lastUsed = now();
    const signal = AbortSignal.timeout(timeoutMs);
    const flight = observeFlight();
    try {
      const response = await client.request<Readable>({
        method,
        url: url.href,
        headers: { Accept: 'application/json', ...headers },
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
    } finally {
      lastUsed = now();
    }
  };
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
 */
function observeFlight() {
  let left = false;
  const leave = () => {
    left = true;
  };
  const onSocket = (socket: Socket) => {
    if (!socket.connecting) leave();
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', leave);
  };
  return {
    hasLeft: () => left,
    transport: {
      request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
        const { request } = options.protocol === 'https:' ? https : http;
        return request(options, onResponse).once('socket', onSocket);
      },
    },
  };
}

function closeIdleSockets(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

function headerText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
