// A web server in a function: express, axios and the AWS SDK.
import { createHash, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import axios from 'axios';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import serverless from 'serverless-http';

const env = process.env;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secrets = new SecretsManagerClient({});
const grants = JSON.parse(env.CALLER_GRANTS);
const jwks = createRemoteJWKSet(new URL(env.OIDC_JWKS_URI));
const claims = { issuer: env.OIDC_ISSUER, audience: env.OIDC_AUDIENCE };
let managementKey;

const app = express();
app.use(express.json());

app.use(async (request, response, next) => {
  try {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    request.caller = (await jwtVerify(token, jwks, claims)).payload;
    next();
  } catch {
    response.status(401).json({ error: 'unauthenticated' });
  }
});

app.post(
  '/v1/:level/:accountId/apiCredentials/:apiCredentialId/generateApiKey',
  async (request, response) => {
    const { level, accountId, apiCredentialId } = request.params;
    const path = `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
    const isGranted = (grants[`client:${request.caller.client_id}`] ?? []).some((pattern) =>
      new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(path),
    );
    if (!isGranted || !String(request.caller.scope).split(' ').includes('apikeys:rotate')) {
      return response.status(403).json({ error: 'forbidden' });
    }
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
          subject: request.caller.sub,
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
    return response.json({ apiKey: data.apiKey, rotation: { id, status: 'succeeded' } });
  },
);

export const handler = serverless(app);
