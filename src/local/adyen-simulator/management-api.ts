import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { Credentials } from './credentials.ts';
import type { Faults } from './faults.ts';
import type { LateCalls } from './late-calls.ts';
import { type AdyenResponse, generateApiKey, getApiCredential, me } from './operations.ts';
import { respond } from './respond.ts';

/** A call of `generateApiKey`. `connection` is the client's port: two calls with the same one shared a connection. */
export type ReceivedCall = Readonly<{
  credential: string;
  idempotencyKey: string | undefined;
  contentType: string | undefined;
  connection: number | undefined;
}>;

/** A call of `GET /me`. `credential` is the path of the API credential that the key belongs to, working or not. */
export type Probe = Readonly<{ credential: string | undefined; status: number }>;

/** A call of `GET` for an API credential, by its path. */
export type Lookup = Readonly<{ credential: string; status: number }>;

type CredentialParams = { Params: { level: string; accountId: string; apiCredentialId: string } };

/** Adds the routes of Adyen's Management API v3: `generateApiKey` and `GET` of an API credential at both levels, `GET /me`. */
export function addManagementApi(
  app: FastifyInstance,
  dependencies: Readonly<{
    credentials: Credentials;
    faults: Faults;
    lateCalls: LateCalls;
    now: () => number;
    honourIdempotencyKey: boolean;
    /** Calls, probes and lookups are appended here. */
    received: ReceivedCall[];
    probes: Probe[];
    lookups: Lookup[];
  }>,
): void {
  const { credentials, faults, lateCalls, now, honourIdempotencyKey, received, probes, lookups } =
    dependencies;
  const responses = new Map<string, AdyenResponse>();
  acceptAnyBody(app);

  app.addHook('onRequest', async () => lateCalls.catchUp());
  const processingTime = () => {
    // While a delayed call waited, late calls may have become due.
    lateCalls.catchUp();
    return now();
  };

  app.post<CredentialParams>(
    '/v3/:level/:accountId/apiCredentials/:apiCredentialId/generateApiKey',
    async (request, reply) => {
      const credential = pathOf(request);
      const idempotencyKey = headerOf(request, 'idempotency-key');
      const contentType = headerOf(request, 'content-type');
      const connection = request.raw.socket.remotePort;
      received.push({ credential, idempotencyKey, contentType, connection });
      const process = (at: number) => {
        const generate = () => generateApiKey(credentials, headerOf(request, 'x-api-key'), credential, at);
        if (!honourIdempotencyKey || idempotencyKey === undefined) return generate();
        const response = responses.get(`${credential} ${idempotencyKey}`) ?? generate();
        responses.set(`${credential} ${idempotencyKey}`, response);
        return response;
      };
      const fault = faults.next('generateApiKey', credential);
      if (fault?.kind === 'late') lateCalls.add(now() + fault.ms, process);
      return respond(fault, () => process(processingTime()), request, reply);
    },
  );

  app.get<CredentialParams>(
    '/v3/:level/:accountId/apiCredentials/:apiCredentialId',
    {
      onSend: async (request, reply) => {
        lookups.push({ credential: pathOf(request), status: reply.statusCode });
      },
    },
    async (request, reply) => {
      const credential = pathOf(request);
      const process = () =>
        getApiCredential(credentials, headerOf(request, 'x-api-key'), credential, processingTime());
      return respond(faults.next('getApiCredential', credential), process, request, reply);
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
      const process = () => me(credentials, headerOf(request, 'x-api-key'), processingTime());
      return respond(faults.next('me', keyOwner(request)), process, request, reply);
    },
  );
}

/** Adyen's operations take no body and ignore what a client sends. */
function acceptAnyBody(app: FastifyInstance): void {
  // Adyen's own library sends an empty body with the content type JSON, which fastify's parser rejects.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), body);
    done(null, parsed.success ? parsed.output : undefined);
  });
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume().once('end', () => done(null));
  });
}

function pathOf({ params }: FastifyRequest<CredentialParams>): string {
  return `${params.level}/${params.accountId}/apiCredentials/${params.apiCredentialId}`;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
