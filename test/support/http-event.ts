import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { ApiCredential } from '../../src/rotation/api-credential.ts';
import { credentialPath } from '../../src/rotation/api-credential.ts';

export type RequestParts = {
  headers?: Record<string, string>;
  body?: string | undefined;
  isBase64Encoded?: boolean;
  /** Instead of the credential's own. */
  pathParameters?: Record<string, string>;
};

let requests = 0;

/** What API Gateway (HTTP API, payload 2.0) sends to the rotate function. */
export function rotateEvent(credential: ApiCredential, parts: RequestParts = {}): APIGatewayProxyEventV2 {
  const { headers = {}, body, isBase64Encoded = false, pathParameters = { ...credential } } = parts;
  const rawPath = `/v1/${credentialPath(credential)}/generateApiKey`;
  requests += 1;
  return {
    version: '2.0',
    routeKey: 'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey',
    rawPath,
    rawQueryString: '',
    headers,
    pathParameters,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'keyturn.example.com',
      domainPrefix: 'keyturn',
      http: {
        method: 'POST',
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'vitest',
      },
      requestId: `gateway-${requests}`,
      routeKey: 'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey',
      stage: '$default',
      time: '23/Nov/2026:12:00:00 +0000',
      timeEpoch: 0,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  };
}

/** What Lambda tells a function of its invocation; `remainingMs` counts down in real time. */
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
