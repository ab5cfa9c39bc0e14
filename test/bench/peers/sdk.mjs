// The same calls through the packages that Keyturn uses for them, and nothing else: what these packages cost.
import { createHash, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { JwtVerifier } from 'aws-jwt-verify';
import axios from 'axios';

const env = process.env;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secrets = new SecretsManagerClient({});
const grants = JSON.parse(env.CALLER_GRANTS);
const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URI: jwksUri } = env;
const tokens = JwtVerifier.create({ issuer, audience, jwksUri });
let managementKey;

export async function handler(event) {
  const token = event.headers.authorization?.replace('Bearer ', '') ?? '';
  const caller = await tokens.verify(token).catch(() => undefined);
  const { level, accountId, apiCredentialId } = event.pathParameters;
  const path = `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
  if (!caller?.scope?.split(' ').includes('apikeys:rotate'))
    return respond(401, { error: 'unauthenticated' });
  const isGranted = (grants[`client:${caller.client_id}`] ?? []).some((pattern) =>
    new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(path),
  );
  if (!isGranted) return respond(403, { error: 'forbidden' });

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
        subject: caller.sub,
        requestedAt: new Date().toISOString(),
      },
      ConditionExpression: 'attribute_not_exists(credential)',
    }),
  );
  if (!managementKey) {
    const { SecretString } = await secrets.send(
      new GetSecretValueCommand({ SecretId: env.MANAGEMENT_CREDENTIAL_SECRET_ID }),
    );
    managementKey = JSON.parse(SecretString).apiKey;
  }
  const { data } = await axios.post(`${env.ADYEN_MANAGEMENT_URL}/${path}/generateApiKey`, undefined, {
    headers: { 'X-API-Key': managementKey, 'Idempotency-Key': id },
    timeout: 10_000,
    // The bundle has no code for redirects and proxies, as Keyturn's has none.
    maxRedirects: 0,
    proxy: false,
  });
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
        ':f': createHash('sha256').update(data.apiKey).digest('hex').slice(0, 16),
        ':t': new Date().toISOString(),
      },
    }),
  );
  return respond(200, { apiKey: data.apiKey, rotation: { id, status: 'succeeded' } });
}

const respond = (statusCode, body) => ({
  statusCode,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
