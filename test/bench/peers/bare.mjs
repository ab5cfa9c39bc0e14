// The minimum: the same calls with Node's own modules only.
import { createHash, createHmac, createPublicKey, randomUUID, verify } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

const env = process.env;
const agents = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
};
const grants = JSON.parse(env.CALLER_GRANTS);
let jwks;
let managementKey;

export async function handler(event) {
  const caller = await authenticate(event.headers.authorization);
  const { level, accountId, apiCredentialId } = event.pathParameters;
  const path = `${level}/${accountId}/apiCredentials/${apiCredentialId}`;
  if (!caller?.scope?.split(' ').includes('apikeys:rotate'))
    return respond(401, { error: 'unauthenticated' });
  if (!(grants[`client:${caller.client_id}`] ?? []).some((pattern) => covers(pattern, path)))
    return respond(403, { error: 'forbidden' });

  const table = { TableName: env.AUDIT_TABLE_NAME };
  const { Items } = await dynamoDb('Query', {
    ...table,
    KeyConditionExpression: 'credential = :c',
    ExpressionAttributeValues: { ':c': { S: path } },
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: 1,
  });
  const number = String(Number(Items[0]?.number.S ?? 0) + 1).padStart(10, '0');
  const id = randomUUID();
  await dynamoDb('PutItem', {
    ...table,
    Item: {
      credential: { S: path },
      number: { S: number },
      id: { S: id },
      status: { S: 'started' },
      subject: { S: caller.sub },
      requestedAt: { S: new Date().toISOString() },
    },
    ConditionExpression: 'attribute_not_exists(credential)',
  });
  managementKey ??= JSON.parse(
    (
      await aws(
        'secretsmanager',
        env.AWS_ENDPOINT_URL_SECRETS_MANAGER,
        'secretsmanager.GetSecretValue',
        '1.1',
        {
          SecretId: env.MANAGEMENT_CREDENTIAL_SECRET_ID,
        },
      )
    ).SecretString,
  ).apiKey;
  const upstream = await call('POST', `${env.ADYEN_MANAGEMENT_URL}/${path}/generateApiKey`, {
    'X-API-Key': managementKey,
    'Idempotency-Key': id,
  });
  const { apiKey } = JSON.parse(upstream.body);
  const fingerprint = createHash('sha256').update(apiKey).digest('hex').slice(0, 16);
  await dynamoDb('UpdateItem', {
    ...table,
    Key: { credential: { S: path }, number: { S: number } },
    UpdateExpression: 'SET #s = :succeeded, fingerprint = :f, completedAt = :t',
    ConditionExpression: '#s = :started',
    ExpressionAttributeNames: { '#s': 'status' },
    ExpressionAttributeValues: {
      ':succeeded': { S: 'succeeded' },
      ':started': { S: 'started' },
      ':f': { S: fingerprint },
      ':t': { S: new Date().toISOString() },
    },
  });
  return respond(200, { apiKey, rotation: { id, status: 'succeeded' } });
}

const respond = (statusCode, body) => ({
  statusCode,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

function covers(pattern, path) {
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(path);
}

async function authenticate(authorization = '') {
  const [header, payload, signature] = authorization.replace('Bearer ', '').split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
  jwks ??= JSON.parse((await call('GET', env.OIDC_JWKS_URI, {})).body).keys;
  const key = createPublicKey({ key: jwks.find((one) => one.kid === kid), format: 'jwk' });
  const isGood = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    key,
    Buffer.from(signature, 'base64url'),
  );
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const isValid =
    claims.iss === env.OIDC_ISSUER && claims.aud === env.OIDC_AUDIENCE && claims.exp * 1000 > Date.now();
  return isGood && isValid ? claims : undefined;
}

const dynamoDb = (operation, input) =>
  aws('dynamodb', env.AWS_ENDPOINT_URL_DYNAMODB, `DynamoDB_20120810.${operation}`, '1.0', input);

/** AWS Signature Version 4. */
async function aws(service, endpoint, target, version, input) {
  const body = JSON.stringify(input);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const headers = {
    'content-type': `application/x-amz-json-${version}`,
    host: new URL(endpoint).host,
    'x-amz-date': time,
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const canonical = [
    'POST',
    '/',
    '',
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${env.AWS_REGION}/${service}/aws4_request`;
  const key = [day, env.AWS_REGION, service, 'aws4_request'].reduce(hmac, `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const { status, body: text } = await call('POST', endpoint, { ...headers, authorization }, body);
  if (status !== 200) throw new Error(`${target}: ${status} ${text}`);
  return JSON.parse(text);
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

function call(method, url, headers, body) {
  const { protocol } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? https : http).request(
      url,
      { method, headers, agent: agents[protocol], timeout: 10_000 },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, body: text }));
      },
    );
    request.on('error', reject).on('timeout', () => request.destroy(new Error('timeout')));
    request.end(body);
  });
}
