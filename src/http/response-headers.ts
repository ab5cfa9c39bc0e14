import type { MiddlewareObj, Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResponse } from './http-response.ts';

/**
 * Puts API Gateway's request id on every response, and forbids caches to store it, because it may contain a key. Only a
 * handler of static files says otherwise.
 */
export function responseHeaders(): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  const add = ({ event, response }: Request<APIGatewayProxyEventV2, HttpResponse>) => {
    if (!response) return;
    response.headers = {
      'Cache-Control': 'no-store',
      ...response.headers,
      'X-Request-Id': event.requestContext.requestId,
    };
  };
  return { after: add, onError: add };
}
