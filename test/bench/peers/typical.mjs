// What a team would typically write: Adyen's own library, and Powertools for the rest.
import { createHash, randomUUID } from 'node:crypto';
import { Client, EnvironmentEnum, ManagementAPI } from '@adyen/api-library';
import { NotFoundError, Router, UnauthorizedError } from '@aws-lambda-powertools/event-handler/http';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const env = process.env;
const logger = new Logger({ serviceName: 'rotate' });
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: env.IDEMPOTENCY_TABLE_NAME });
const grants = JSON.parse(env.CALLER_GRANTS);
const jwks = createRemoteJWKSet(new URL(env.OIDC_JWKS_URI));
const claims = { issuer: env.OIDC_ISSUER, audience: env.OIDC_AUDIENCE };
const app = new Router({ logger });

app.post('/v1/:level/:accountId/apiCredentials/:apiCredentialId/generateApiKey', async ({ params, req }) => {
  const token = req.headers.get('authorization')?.replace('Bearer ', '') ?? '';
  const { payload: caller } = await jwtVerify(token, jwks, claims).catch(() => {
    throw new UnauthorizedError('unauthenticated');
  });
  const { level, accountId, apiCredentialId } = params;
  const path = `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
  const isGranted = (grants[`client:${caller.client_id}`] ?? []).some((pattern) =>
    new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(path),
  );
  if (!isGranted || !String(caller.scope).split(' ').includes('apikeys:rotate'))
    throw new NotFoundError('not found');
  return rotate({
    path,
    level,
    accountId,
    apiCredentialId,
    subject: caller.sub,
    key: req.headers.get('idempotency-key'),
  });
});

const config = new IdempotencyConfig({ eventKeyJmesPath: 'key' });

const rotateOnce = async ({ path, level, accountId, apiCredentialId, subject }) => {
  const TableName = env.AUDIT_TABLE_NAME;
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'credential = :c',
      ExpressionAttributeValues: { ':c': path },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  const number = String(Number(Items[0]?.number ?? 0) + 1).padStart(10, '0');
  const id = randomUUID();
  await table.send(
    new PutCommand({
      TableName,
      Item: {
        credential: path,
        number,
        id,
        status: 'started',
        subject,
        requestedAt: new Date().toISOString(),
      },
      ConditionExpression: 'attribute_not_exists(credential)',
    }),
  );
  const { apiKey: managementKey } = await getSecret(env.MANAGEMENT_CREDENTIAL_SECRET_ID, {
    transform: 'json',
    maxAge: 300,
  });
  const client = new Client({ apiKey: managementKey, environment: EnvironmentEnum.TEST });
  const management = new ManagementAPI(client);
  const api = level === 'merchants' ? management.APIKeyMerchantLevelApi : management.APIKeyCompanyLevelApi;
  // The address of the simulator. The library has no setting for it.
  api.baseUrl = env.ADYEN_MANAGEMENT_URL;
  const { apiKey } = await api.generateNewApiKey(accountId, apiCredentialId, { idempotencyKey: id });
  await table.send(
    new UpdateCommand({
      TableName,
      Key: { credential: path, number },
      UpdateExpression: 'SET #s = :succeeded, fingerprint = :f, completedAt = :t',
      ConditionExpression: '#s = :started',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: {
        ':succeeded': 'succeeded',
        ':started': 'started',
        ':f': createHash('sha256').update(apiKey).digest('hex').slice(0, 16),
        ':t': new Date().toISOString(),
      },
    }),
  );
  logger.info('rotated', { path, id });
  return { apiKey, rotation: { id, status: 'succeeded' } };
};
const idempotent = makeIdempotent(rotateOnce, { persistenceStore, config });
const rotate = (request) => (request.key ? idempotent(request) : rotateOnce(request));

export const handler = async (event, context) => app.resolve(event, context);
