import { createServer } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { answerWith } from './answering.ts';
import { type CredentialSeed, type Credentials, createCredentials } from './credentials.ts';
import { createFaults, FaultSchema, type Faults } from './faults.ts';
import { createLateCalls, type LateCalls } from './late-calls.ts';
import { type Answer, generateApiKey, me } from './operations.ts';
import { SEED } from './seed.ts';

export type AdyenSimulator = Readonly<{
  /** Its base URL with Adyen's version: what `ADYEN_MANAGEMENT_URL` is set to. */
  url: string;
  credentials: Credentials;
  faults: Faults;
  /** The calls for a key that arrived, faults included. `connection` tells which shared one. */
  received: readonly ReceivedCall[];
  /** The calls of `GET /me` that were answered, as far as the end of the answer. */
  probes: readonly Probe[];
  close(): Promise<void>;
}>;

export type ReceivedCall = Readonly<{
  credential: string;
  idempotencyKey: string | undefined;
  connection: number | undefined;
}>;

/** `credential` is the path of the one whose key was used, whether that works or not. */
export type Probe = Readonly<{ credential: string | undefined; status: number }>;

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
  const lateCalls = createLateCalls(now);
  const received: ReceivedCall[] = [];
  const probes: Probe[] = [];
  const answers = new Map<string, Answer>();
  const app = Fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
    serverFactory: (handler) => (tls ? createSecureServer(tls, handler) : createServer(handler)),
  });
  app.addHook('onRequest', async () => lateCalls.catchUp());
  // Adyen's own library calls a body JSON that is empty.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), body);
    done(null, parsed.success ? parsed.output : undefined);
  });
  // Adyen's operation takes no body; whatever a client sends is not its concern.
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume().once('end', () => done(null));
  });

  const present = () => {
    // A call that was delayed may find others whose time came while it waited.
    lateCalls.catchUp();
    return now();
  };

  app.post<{ Params: { level: string; accountId: string; apiCredentialId: string } }>(
    '/v3/:level/:accountId/apiCredentials/:apiCredentialId/generateApiKey',
    async (request, reply) => {
      const { level, accountId, apiCredentialId } = request.params;
      const credential = `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
      const idempotencyKey = headerOf(request, 'idempotency-key');
      received.push({ credential, idempotencyKey, connection: request.raw.socket.remotePort });
      const process = (at: number) => {
        const answer = () => generateApiKey(credentials, headerOf(request, 'x-api-key'), credential, at);
        if (!honourIdempotencyKey || idempotencyKey === undefined) return answer();
        const known = answers.get(`${credential} ${idempotencyKey}`) ?? answer();
        answers.set(`${credential} ${idempotencyKey}`, known);
        return known;
      };
      const fault = faults.next('generateApiKey', credential);
      if (fault?.kind === 'late') lateCalls.add(now() + fault.ms, process);
      return answerWith(fault, () => process(present()), request, reply);
    },
  );

  const keyOwner = (request: FastifyRequest) =>
    credentials.ownerOf(headerOf(request, 'x-api-key') ?? '')?.path;
  app.get(
    '/v3/me',
    {
      onSend: async (request, reply) => {
        probes.push({ credential: keyOwner(request), status: reply.statusCode });
      },
    },
    async (request, reply) => {
      const process = () => me(credentials, headerOf(request, 'x-api-key'), present());
      return answerWith(faults.next('me', keyOwner(request)), process, request, reply);
    },
  );

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
    credentials: caughtUp(credentials, lateCalls),
    faults,
    received,
    probes,
    close: () => app.close(),
  };
}

/** The API credentials as one who looks from outside must see them: no call is overdue. */
function caughtUp(credentials: Credentials, { catchUp }: LateCalls): Credentials {
  return {
    ...credentials,
    authenticate(key, at) {
      catchUp();
      return credentials.authenticate(key, at);
    },
    generateKey(credential, at) {
      catchUp();
      return credentials.generateKey(credential, at);
    },
    generated(path) {
      catchUp();
      return credentials.generated(path);
    },
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
