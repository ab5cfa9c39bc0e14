import { createServer } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import Fastify from 'fastify';
import { listeningPort } from '../listening-port.ts';
import { addControlApi } from './control-api.ts';
import { type CredentialSeed, type Credentials, createCredentials } from './credentials.ts';
import { createFaults, type Faults } from './faults.ts';
import { createLateCalls, type LateCalls } from './late-calls.ts';
import { addManagementApi, type Lookup, type Probe, type ReceivedCall } from './management-api.ts';
import { SEED } from './seed.ts';

export type AdyenSimulator = Readonly<{
  /** Its base URL with Adyen's version: the value for `ADYEN_MANAGEMENT_URL`. */
  url: string;
  credentials: Credentials;
  faults: Faults;
  /** The calls of `generateApiKey` that arrived, in order. Calls that met a fault are included. */
  received: readonly ReceivedCall[];
  /** The calls of `GET /me` that got a complete response, in order. */
  probes: readonly Probe[];
  /** The calls of `GET` for an API credential that got a complete response, in order. */
  lookups: readonly Lookup[];
  close(): Promise<void>;
}>;

export type AdyenSimulatorOptions = Readonly<{
  port?: number;
  seed?: readonly CredentialSeed[];
  /** The time at Adyen (ms since the epoch). It may run at another speed than real time. */
  now?: () => number;
  /** Adyen documents `Idempotency-Key` in general but not for this operation, so it is ignored by default. */
  honourIdempotencyKey?: boolean;
  /** Certificate and key, for https. */
  tls?: ServerOptions;
}>;

/**
 * Starts a simulator of Adyen's Management API v3: `generateApiKey` and `GET` of an API credential at both levels, and
 * `GET /me`. As at Adyen, a new key takes a few minutes to work, and the previous key expires a day later. The routes under
 * `/_simulator` order faults and count the generated keys.
 *
 * Its responses, and the requests of Keyturn, match Adyen's own document of `generateApiKey` and `GET /me`: checked with
 * Prism 5.16 (`prism proxy ManagementService-v3.json <its URL> --errors`) against github.com/Adyen/adyen-openapi at 02c360f.
 * The document has no 404, neither for generateApiKey nor for the GET of an API credential, which was not checked with
 * Prism; its role is that of
 * https://docs.adyen.com/api-explorer/Management/3/get/merchants/_merchantId_/apiCredentials/_apiCredentialId_
 */
export async function startAdyenSimulator(options: AdyenSimulatorOptions = {}): Promise<AdyenSimulator> {
  const { port = 0, seed = SEED, now = Date.now, honourIdempotencyKey = false, tls } = options;
  const credentials = createCredentials(seed, now);
  const faults = createFaults();
  const lateCalls = createLateCalls(now);
  const received: ReceivedCall[] = [];
  const probes: Probe[] = [];
  const lookups: Lookup[] = [];
  const app = Fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
    serverFactory: (handler) => (tls ? createSecureServer(tls, handler) : createServer(handler)),
  });
  addManagementApi(app, {
    credentials,
    faults,
    lateCalls,
    now,
    honourIdempotencyKey,
    received,
    probes,
    lookups,
  });
  addControlApi(app, credentials, faults);
  await app.listen({ port, host: 'localhost' });
  return {
    url: `${tls ? 'https' : 'http'}://localhost:${listeningPort(app.server)}/v3`,
    credentials: withLateCalls(credentials, lateCalls),
    faults,
    received,
    probes,
    lookups,
    close: () => app.close(),
  };
}

/** The API credentials as seen from outside: late calls that are due are processed before every look. */
function withLateCalls(credentials: Credentials, { catchUp }: LateCalls): Credentials {
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
