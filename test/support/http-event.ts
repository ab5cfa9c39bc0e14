import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { ApiCredential } from '../../src/rotation/api-credential.ts';

export type RequestParts = {
  headers?: Record<string, string>;
  body?: string | undefined;
  isBase64Encoded?: boolean;
  /** Used instead of the credential's own. */
  pathParameters?: Record<string, string>;
  query?: Record<string, string>;
};

let requests = 0;

/** What API Gateway (HTTP API, payload 2.0) sends to the rotate function. */
export function rotateEvent(credential: ApiCredential, parts: RequestParts = {}): APIGatewayProxyEventV2 {
  return httpEvent('POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey', {
    pathParameters: { ...credential },
    ...parts,
  });
}

/** What API Gateway (HTTP API, payload 2.0) sends to the function of a route. */
export function httpEvent(routeKey: string, parts: RequestParts = {}): APIGatewayProxyEventV2 {
  const { headers = {}, body, isBase64Encoded = false, pathParameters = {}, query } = parts;
  const [method = '', route = ''] = routeKey.split(' ');
  const rawPath = route.replaceAll(/\{(\w+)\}/g, (_, name) => pathParameters[name] ?? '');
  requests += 1;
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers,
    pathParameters,
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'keyturn.example.com',
      domainPrefix: 'keyturn',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'vitest' },
      requestId: `gateway-${requests}`,
      routeKey,
      stage: '$default',
      time: '23/Nov/2026:12:00:00 +0000',
      timeEpoch: 0,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  };
}

/** The context that Lambda passes to a function; `remainingMs` counts down in real time. */
export function lambdaContext(remainingMs = 29_000): Context {
  const end = Date.now() + remainingMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'keyturn-test-rotate',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:keyturn-test-rotate',
    memoryLimitInMB: '512',
    awsRequestId: 'lambda-request',
    logGroupName: '/aws/lambda/keyturn-test-rotate',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
