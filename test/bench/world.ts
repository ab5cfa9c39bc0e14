import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { generate } from 'selfsigned';
import { SEED } from '../../src/local/adyen-simulator/seed.ts';
import { startAdyenSimulator } from '../../src/local/adyen-simulator/server.ts';
import { startDynamoDb } from '../../src/local/dynamodb.ts';
import { startSecretsManager } from '../../src/local/secrets-manager/server.ts';
import { LOCAL_TABLE, settingsOf } from '../../src/local/settings.ts';
import { startTokenIssuer } from '../../src/local/token-issuer.ts';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import { httpEvent, rotateEvent } from '../support/http-event.ts';
import { type Meter, startMeter } from './meter.ts';
import { startTlsFront } from './tls-front.ts';

const IDEMPOTENCY_TABLE = 'bench-idempotency';
/** Names are as long as real ones: DynamoDB counts a record's bytes. This one is as Cognito makes them. */
const CLIENT_ID = '5ulm9q1bq9g1v5k2c8h7d4s6tp';

/** The API credential that has this name. */
export const credentialOf = (name: string) =>
  ({
    level: 'merchants',
    accountId: 'ACME_NL',
    apiCredentialId: `S2-${name.toUpperCase().padStart(12, '0')}`,
  }) as const;

export type World = Readonly<{
  dynamoDbUrl: string;
  /** Counts what DynamoDB is asked. */
  meter: Meter;
  /** The environment of a function in it. */
  environment: Readonly<Record<string, string>>;
  /** A request to rotate the key of the API credential with this name. */
  rotateEvent(name: string): object;
  /** A request for the newest page of that API credential's history. */
  historyEvent(name: string): object;
  close(): Promise<void>;
}>;

/**
 * Everything that a function calls, over real sockets, with nothing that would make it wait.
 *
 * @param folder for the certificate
 * @param names of the API credentials that Adyen knows
 */
export async function startWorld(folder: string, names: readonly string[]): Promise<World> {
  // Everything is reached over TLS, as it is on AWS.
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const certificate = join(folder, 'certificate.pem');
  await writeFile(certificate, cert);
  const [issuer, adyen, dynamoDb, secretsManager] = await Promise.all([
    startTokenIssuer(),
    startAdyenSimulator({
      tls: { cert, key },
      seed: [...SEED, ...names.map((name) => ({ path: credentialPath(credentialOf(name)), roles: [] }))],
    }),
    startDynamoDb(LOCAL_TABLE),
    startSecretsManager(),
  ]);
  await createIdempotencyTable(dynamoDb.url);
  const meter = await startMeter(dynamoDb.url);
  const front = (target: string) => startTlsFront(target, { cert, key });
  const fronts = [await front(issuer.url), await front(meter.url), await front(secretsManager.url)] as const;
  const [issuerFront, dynamoDbFront, secretsManagerFront] = fronts;
  // What its tokens say.
  issuer.server.issuer.url = issuerFront.url;
  const token = await issuer.sign({
    sub: CLIENT_ID,
    client_id: CLIENT_ID,
    scope: 'apikeys:rotate rotations:read',
  });
  const headers = { authorization: `Bearer ${token}` };
  const environment = {
    ...settingsOf({
      issuer: { ...issuer, url: issuerFront.url },
      adyen,
      dynamoDb: { ...dynamoDb, url: dynamoDbFront.url },
      secretsManager: { ...secretsManager, url: secretsManagerFront.url },
    }),
    // So that nobody has to look for it.
    OIDC_JWKS_URI: `${issuerFront.url}/jwks`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    CALLER_GRANTS: JSON.stringify({ [CLIENT_ID]: ['merchants/ACME_*/apiCredentials/*'] }),
    EVENT_BUS_NAME: 'bench',
    MANAGED_SECRETS: '',
    // The same API credential again and again.
    ROTATION_MIN_INTERVAL_SECONDS: '0',
    NODE_EXTRA_CA_CERTS: certificate,
    IDEMPOTENCY_TABLE_NAME: IDEMPOTENCY_TABLE,
    LOG_LEVEL: 'INFO',
  };
  return {
    dynamoDbUrl: dynamoDb.url,
    meter,
    environment,
    rotateEvent: (name) => fromGateway(rotateEvent(credentialOf(name), { headers })),
    historyEvent: (name) =>
      fromGateway(
        httpEvent('GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations', {
          pathParameters: credentialOf(name),
          headers,
        }),
      ),
    async close() {
      await Promise.all(fronts.map((part) => part.close()));
      await Promise.all([meter, issuer, adyen, dynamoDb, secretsManager].map((part) => part.close()));
    },
  };
}

/** With a request id as long as API Gateway's. */
function fromGateway({ requestContext, ...event }: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
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
