import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';
import type { HttpResponse } from '../../src/http/http-response.ts';
import { SEED } from '../../src/local/adyen-simulator/seed.ts';
import { type AdyenSimulator, startAdyenSimulator } from '../../src/local/adyen-simulator/server.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../src/local/dynamodb.ts';
import { type LocalEventBus, startEventBus } from '../../src/local/event-bus/server.ts';
import { type LocalSecretsManager, startSecretsManager } from '../../src/local/secrets-manager/server.ts';
import { LOCAL_TABLE, settingsOf } from '../../src/local/settings.ts';
import { startTokenIssuer, type TokenIssuer } from '../../src/local/token-issuer.ts';
import { type ApiCredential, credentialPath } from '../../src/rotation/api-credential.ts';
import { httpEvent, lambdaContext, type RequestParts, rotateEvent } from './http-event.ts';
import { captureOutput } from './output.ts';

const POOL_SIZE = 200;

export type RotateCall = RequestParts & {
  /** The claims of the caller's token. `null`: no token is sent. */
  claims?: Record<string, unknown> | null;
  /** What is left of the invocation (ms). */
  remainingMs?: number;
};

// biome-ignore lint/suspicious/noExplicitAny: each test states what it expects of the body.
export type Answer = Readonly<{ status: number; headers: Record<string, unknown>; text: string; body: any }>;

export type Keyturn = Readonly<{
  issuer: TokenIssuer;
  adyen: AdyenSimulator;
  dynamoDb: LocalDynamoDb;
  secretsManager: LocalSecretsManager;
  eventBus: LocalEventBus;
  /** Everything written to standard output and standard error since the start. */
  output: () => string;
  /** The log and metric lines in it, parsed. */
  lines: () => Record<string, unknown>[];
  /** An API credential that no other test uses. */
  newCredential(level?: ApiCredential['level']): ApiCredential;
  /** Sends a request through the deployed handler, as `local-app` with the scope to rotate. */
  rotate(credential: ApiCredential, call?: RotateCall): Promise<Answer>;
  /** Sends a request for a check of the key in use through the deployed handler, as `local-app` with the scope to rotate. */
  check(credential: ApiCredential, call?: RotateCall): Promise<Answer>;
  /** Sends a request to a read route through the deployed handler, as `local-app` with the scope to read. */
  read(routeKey: string, call?: RotateCall): Promise<Answer>;
  /** Sends a request for the state of an API credential's key through the deployed handler, as `local-app`. */
  state(credential: ApiCredential, call?: RotateCall): Promise<Answer>;
  /** Lists the states of keys through the deployed handler, as `local-app`. */
  states(call?: RotateCall): Promise<Answer>;
  /** Says which key a consumer uses, through the deployed handler, as `local-app` with the scope to acknowledge. */
  acknowledge(
    credential: ApiCredential,
    consumerId: string,
    body: object | string,
    call?: RotateCall,
  ): Promise<Answer>;
  /** The audit's items of an API credential, oldest first, as they are stored. */
  items(credential: ApiCredential): Promise<Record<string, unknown>[]>;
  /** Starts the functions again, as in a new container, with these settings changed. */
  restart(settings?: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}>;

/**
 * Starts the deployed handlers that serve rotations and reads, with an embedded DynamoDB, a local Secrets Manager, a
 * local event bus, a local token issuer and the Adyen simulator, all over sockets.
 */
export async function startKeyturn(settings: Record<string, string> = {}): Promise<Keyturn> {
  const [issuer, adyen, dynamoDb, secretsManager, eventBus] = await Promise.all([
    startTokenIssuer(),
    startAdyenSimulator({ seed: [...SEED, ...pool('merchants/ACME_NL'), ...pool('companies/ACME')] }),
    startDynamoDb(LOCAL_TABLE),
    startSecretsManager(),
    startEventBus({ rules: [], deliver() {} }),
  ]);
  const services = { issuer, adyen, dynamoDb, secretsManager, eventBus };
  const environment = { ...process.env };
  Object.assign(process.env, settingsOf(services), settings);
  const output = captureOutput();
  let handlers = await loadHandlers();
  const withToken = async ({ claims = {}, headers }: RotateCall, scope: string) => {
    const token = claims && (await issuer.sign({ ...LOCAL_APP, scope, ...claims }));
    return { ...(token && { authorization: `Bearer ${token}` }), ...headers };
  };
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamoDb.url }));
  let used = 0;

  return {
    ...services,
    ...output,

    newCredential(level = 'merchants') {
      used += 1;
      return {
        level,
        accountId: level === 'merchants' ? 'ACME_NL' : 'ACME',
        apiCredentialId: `S2-TEST-${used}`,
      };
    },

    async rotate(credential, call = {}) {
      const headers = await withToken(call, LOCAL_APP.scope);
      const event = rotateEvent(credential, { ...call, headers });
      return readAnswer(await handlers.rotate(event, lambdaContext(call.remainingMs)));
    },

    async check(credential, call = {}) {
      const headers = await withToken(call, LOCAL_APP.scope);
      const event = httpEvent('POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check', {
        pathParameters: { ...credential },
        ...call,
        headers,
      });
      return readAnswer(await handlers.checkKey(event, lambdaContext(call.remainingMs)));
    },

    async read(routeKey, call = {}) {
      const event = httpEvent(routeKey, { ...call, headers: await withToken(call, 'rotations:read') });
      return readAnswer(await handlers.rotations(event, lambdaContext(call.remainingMs)));
    },

    async state(credential, call = {}) {
      const event = httpEvent('GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}', {
        pathParameters: { ...credential },
        ...call,
        headers: await withToken(call, 'rotations:read'),
      });
      return readAnswer(await handlers.state(event, lambdaContext(call.remainingMs)));
    },

    async states(call = {}) {
      const event = httpEvent('GET /v1/apiCredentials', {
        ...call,
        headers: await withToken(call, 'rotations:read'),
      });
      return readAnswer(await handlers.state(event, lambdaContext(call.remainingMs)));
    },

    async acknowledge(credential, consumerId, body, call = {}) {
      const event = httpEvent(
        'PUT /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/consumers/{consumerId}',
        {
          pathParameters: { ...credential, consumerId },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          ...call,
          headers: {
            'content-type': 'application/json',
            ...(await withToken(call, 'apikeys:acknowledge')),
          },
        },
      );
      return readAnswer(await handlers.consumers(event, lambdaContext(call.remainingMs)));
    },

    async items(credential) {
      const { Items = [] } = await table.send(
        new QueryCommand({
          TableName: LOCAL_TABLE,
          KeyConditionExpression: 'credential = :credential',
          ExpressionAttributeValues: { ':credential': credentialPath(credential) },
          ConsistentRead: true,
        }),
      );
      return Items;
    },

    async restart(changed = {}) {
      Object.assign(process.env, changed);
      handlers = await loadHandlers();
    },

    async close() {
      output.release();
      process.env = environment;
      table.destroy();
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}

/** Loads the handlers as a new container does: with new modules, caches and connections. */
async function loadHandlers() {
  vi.resetModules();
  const { handler: rotate } = await import('../../src/handlers/rotate.ts');
  const { handler: rotations } = await import('../../src/handlers/rotations.ts');
  const { handler: state } = await import('../../src/handlers/state.ts');
  const { handler: consumers } = await import('../../src/handlers/consumers.ts');
  const { handler: checkKey } = await import('../../src/handlers/check-key.ts');
  return { rotate, rotations, state, consumers, checkKey };
}

/** The claims of the caller that the local grants name. */
export const LOCAL_APP = { sub: 'local-app', client_id: 'local-app', scope: 'apikeys:rotate' };

function pool(account: string) {
  return Array.from({ length: POOL_SIZE }, (_, index) => ({
    path: `${account}/apiCredentials/S2-TEST-${index + 1}`,
    roles: [],
  }));
}

export function readAnswer({ statusCode = 0, headers = {}, body = '' }: HttpResponse): Answer {
  return {
    status: statusCode,
    headers,
    text: body,
    body: body.startsWith('{') ? JSON.parse(body) : undefined,
  };
}
