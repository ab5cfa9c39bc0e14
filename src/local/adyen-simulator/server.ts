import { createServer } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { type CredentialSeed, type Credentials, createCredentials } from './credentials.ts';
import { createFaults, type Fault, FaultSchema, type Faults } from './faults.ts';
import { type Answer, generateApiKey, me } from './operations.ts';
import { SEED } from './seed.ts';

export type AdyenSimulator = Readonly<{
  /** Its base URL with Adyen's version: what `ADYEN_MANAGEMENT_URL` is set to. */
  url: string;
  credentials: Credentials;
  faults: Faults;
  /** The calls for a key that arrived, faults included. `connection` tells which shared one. */
  received: readonly ReceivedCall[];
  /** The API credentials whose keys were shown to `/me`, and what it answered; `undefined` for a key that does not work. */
  probes: readonly Readonly<{ credential: string | undefined; status: number }>[];
  close(): Promise<void>;
}>;

export type ReceivedCall = Readonly<{
  credential: string;
  idempotencyKey: string | undefined;
  connection: number | undefined;
}>;

export type AdyenSimulatorOptions = Readonly<{
  port?: number;
  seed?: readonly CredentialSeed[];
  /** Adyen's time (ms since the epoch), on whatever scale. */
  now?: () => number;
  /** Adyen honours `Idempotency-Key` in general and does not list it for this operation: by default it does not. */
  honourIdempotencyKey?: boolean;
  /** Certificate and key, for https. */
  tls?: ServerOptions;
}>;

/**
 * Starts a simulator of Adyen's Management API v3: `generateApiKey` at both levels and `GET /me`, with keys that
 * take their time to work and to expire. Under `/_simulator` it takes orders for faults and says what it has done.
 */
export async function startAdyenSimulator(options: AdyenSimulatorOptions = {}): Promise<AdyenSimulator> {
  const { port = 0, seed = SEED, now = Date.now, honourIdempotencyKey = false, tls } = options;
  const credentials = createCredentials(seed, now);
  const faults = createFaults();
  const received: ReceivedCall[] = [];
  const probes: { credential: string | undefined; status: number }[] = [];
  const defer = (ms: number, process: () => Answer) => credentials.later(now() + ms, () => void process());
  const answers = new Map<string, Answer>();
  const app = Fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
    serverFactory: (handler) => (tls ? createSecureServer(tls, handler) : createServer(handler)),
  });
  // Adyen's operation takes no body; whatever a client sends is not its concern.
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume().once('end', () => done(null));
  });

  app.post<{ Params: { level: string; accountId: string; apiCredentialId: string } }>(
    '/v3/:level/:accountId/apiCredentials/:apiCredentialId/generateApiKey',
    async (request, reply) => {
      const { level, accountId, apiCredentialId } = request.params;
      const credential = `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
      const idempotencyKey = headerOf(request, 'idempotency-key');
      received.push({ credential, idempotencyKey, connection: request.raw.socket.remotePort });
      const process = () => {
        const answer = () => generateApiKey(credentials, headerOf(request, 'x-api-key'), credential);
        if (!honourIdempotencyKey || idempotencyKey === undefined) return answer();
        const known = answers.get(`${credential} ${idempotencyKey}`) ?? answer();
        answers.set(`${credential} ${idempotencyKey}`, known);
        return known;
      };
      return answerWith(faults.next('generateApiKey', credential), process, defer, request, reply);
    },
  );

  app.get('/v3/me', async (request, reply) => {
    const key = headerOf(request, 'x-api-key');
    const credential = credentials.authenticate(key ?? '')?.path;
    const process = () => {
      const answer = me(credentials, key);
      probes.push({ credential, status: answer.status });
      return answer;
    };
    return answerWith(faults.next('me', credential), process, defer, request, reply);
  });

  app.post('/_simulator/faults', async (request, reply) => {
    const order = v.safeParse(FaultSchema, request.body);
    if (!order.success) return reply.code(400).send(v.flatten(order.issues));
    faults.order(order.output);
    return reply.code(204).send();
  });
  app.delete('/_simulator/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  app.get<{ Querystring: { credential?: string } }>('/_simulator/generated', async ({ query }) => ({
    generated: credentials.generated(query.credential),
  }));

  await app.listen({ port, host: 'localhost' });
  // A server that listens on a port has an AddressInfo.
  const address = app.server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://localhost:${address.port}/v3`,
    credentials,
    faults,
    received,
    probes,
    close: () => app.close(),
  };
}

async function answerWith(
  fault: Fault | undefined,
  process: () => Answer,
  defer: (ms: number, process: () => Answer) => void,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (fault?.kind) {
    case undefined:
      return send(reply, process());
    case 'latency': {
      if (fault.when === 'before') await sleep(fault.ms);
      const answer = process();
      if (fault.when === 'after') await sleep(fault.ms);
      return send(reply, answer);
    }
    case 'cut':
      if (fault.when === 'after') process();
      request.raw.socket.destroy();
      return reply.hijack();
    case 'late':
      defer(fault.ms, process);
      request.raw.socket.destroy();
      return reply.hijack();
    case 'respond':
      if (fault.processed) process();
      return reply.code(fault.status).headers(fault.headers).send(fault.body);
    case 'never-ending':
      return sendForEver(process(), fault.bytesPerSecond, reply);
    case 'partial-body': {
      const { status, body } = process();
      reply.hijack();
      const text = JSON.stringify(body);
      reply.raw.writeHead(status, { 'Content-Length': text.length });
      reply.raw.write(text.slice(0, text.length / 2), () => request.raw.socket.destroy());
      return reply;
    }
  }
}

function sendForEver({ status }: Answer, bytesPerSecond: number, reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(status, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => reply.raw.write(' '.repeat(bytesPerSecond / 100)), 10);
  reply.raw.once('close', () => clearInterval(timer));
  return reply;
}

/** As Adyen answers: the request's id is in the header `pspreference`. */
function send(reply: FastifyReply, { status, body, requestId }: Answer): FastifyReply {
  return reply.code(status).header('pspreference', requestId).send(body);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
