import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { generate } from 'selfsigned';
import { SEED } from '../../src/local/adyen-simulator/seed.ts';
import { startAdyenSimulator } from '../../src/local/adyen-simulator/server.ts';
import { startDynamoDb } from '../../src/local/dynamodb.ts';
import { startEventBus } from '../../src/local/event-bus/server.ts';
import { type LocalSecretsManager, startSecretsManager } from '../../src/local/secrets-manager/server.ts';
import { LOCAL_TABLE, settingsOf } from '../../src/local/settings.ts';
import { startTokenIssuer } from '../../src/local/token-issuer.ts';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import { httpEvent, type RequestParts, rotateEvent } from '../support/http-event.ts';
import { startCheckpoints } from './checkpoints.ts';
import { type Meter, startMeter } from './meter.ts';
import { startTlsProxy } from './tls-proxy.ts';

const IDEMPOTENCY_TABLE = 'bench-idempotency';
/** As long as a client id of Cognito, because DynamoDB's capacity units depend on the size of a record. */
const CLIENT_ID = '5ulm9q1bq9g1v5k2c8h7d4s6tp';
const GRANTED = ['merchants/ACME_*/apiCredentials/*'];

/** The API credential that a contender rotates. */
export const credentialOf = (name: string) =>
  ({
    level: 'merchants',
    accountId: 'ACME_NL',
    apiCredentialId: `S2-${name.toUpperCase().padStart(12, '0')}`,
  }) as const;

export type World = Readonly<{
  dynamoDbUrl: string;
  /** Counts the requests to DynamoDB. */
  meter: Meter;
  secretsManager: LocalSecretsManager;
  /** The environment variables of a function. */
  environment: Readonly<Record<string, string>>;
  /** A request to rotate the API credential with this name. */
  rotateEvent(name: string): object;
  /** A request for the newest page of its history. */
  historyEvent(name: string): object;
  /** A request of the same caller to another route. */
  request(routeKey: string, parts?: RequestParts): object;
  [Symbol.asyncDispose](): Promise<void>;
}>;

/**
 * Starts all services that a function calls, over TLS as on AWS. They respond as fast as they can.
 *
 * @param folder for the certificate
 * @param names of the API credentials to create at Adyen
 */
export async function startWorld(folder: string, names: readonly string[]): Promise<World> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const certificate = join(folder, 'certificate.pem');
  await writeFile(certificate, cert);
  const [issuer, adyen, dynamoDb, secretsManager, eventBus, checkpoints] = await Promise.all([
    startTokenIssuer(),
    startAdyenSimulator({
      tls: { cert, key },
      seed: [...SEED, ...names.map((name) => ({ path: credentialPath(credentialOf(name)), roles: [] }))],
    }),
    startDynamoDb(LOCAL_TABLE),
    startSecretsManager(),
    startEventBus({ rules: [], deliver: async () => {} }),
    startCheckpoints(),
  ]);
  await createIdempotencyTable(dynamoDb.url);
  const meter = await startMeter(dynamoDb.url);
  const proxyOf = (target: string) => startTlsProxy(target, { cert, key });
  const issuerProxy = await proxyOf(issuer.url);
  const dynamoDbProxy = await proxyOf(meter.url);
  const secretsManagerProxy = await proxyOf(secretsManager.url);
  const eventBusProxy = await proxyOf(eventBus.url);
  const checkpointsProxy = await proxyOf(checkpoints.url);
  // The `iss` of the tokens must be the address of the proxy.
  issuer.server.issuer.url = issuerProxy.url;
  const token = await issuer.sign({
    sub: CLIENT_ID,
    client_id: CLIENT_ID,
    scope: 'apikeys:rotate apikeys:acknowledge rotations:read',
  });
  const headers = { authorization: `Bearer ${token}` };
  const environment = {
    ...settingsOf({
      issuer: { ...issuer, url: issuerProxy.url },
      adyen,
      dynamoDb: { ...dynamoDb, url: dynamoDbProxy.url },
      secretsManager: { ...secretsManager, url: secretsManagerProxy.url },
      eventBus: { ...eventBus, url: eventBusProxy.url },
    }),
    AWS_ENDPOINT_URL_LAMBDA: checkpointsProxy.url,
    // Without it, a function would first read the issuer's discovery document.
    OIDC_JWKS_URI: `${issuerProxy.url}/jwks`,
    CALLER_GRANTS: JSON.stringify({ [`client:${CLIENT_ID}`]: GRANTED, 'event:ops.keys': GRANTED }),
    MANAGED_SECRETS: '',
    // No overlap, so that the same API credential can be rotated again and again.
    ROTATION_MIN_INTERVAL_SECONDS: '0',
    NODE_EXTRA_CA_CERTS: certificate,
    IDEMPOTENCY_TABLE_NAME: IDEMPOTENCY_TABLE,
    LOG_LEVEL: 'INFO',
  };
  const request = (routeKey: string, parts: RequestParts = {}) => {
    const contentType = parts.body !== undefined && { 'content-type': 'application/json' };
    return withLongRequestId(httpEvent(routeKey, { ...parts, headers: { ...headers, ...contentType } }));
  };
  return {
    dynamoDbUrl: dynamoDb.url,
    meter,
    secretsManager,
    environment,
    rotateEvent: (name) => withLongRequestId(rotateEvent(credentialOf(name), { headers })),
    historyEvent: (name) =>
      request('GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations', {
        pathParameters: credentialOf(name),
      }),
    request,
    async [Symbol.asyncDispose]() {
      const proxies = [issuerProxy, dynamoDbProxy, secretsManagerProxy, eventBusProxy, checkpointsProxy];
      await Promise.all(proxies.map((proxy) => proxy.close()));
      const services = [meter, issuer, adyen, dynamoDb, secretsManager, eventBus, checkpoints];
      await Promise.all(services.map((service) => service.close()));
    },
  };
}

/** Gives an event a request id as long as API Gateway's, because the record contains it. */
function withLongRequestId({ requestContext, ...event }: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  return {
    ...event,
    requestContext: { ...requestContext, requestId: requestContext.requestId.padEnd(16, '=') },
  };
}

async function createIdempotencyTable(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials });
  await client.send(
    new CreateTableCommand({
      TableName: IDEMPOTENCY_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  client.destroy();
}
