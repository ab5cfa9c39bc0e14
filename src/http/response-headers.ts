import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResponse } from './http-event.ts';

/** Puts on every answer, good or bad, API Gateway's request id, and that nobody may store it: it may hold a key. */
export function responseHeaders(): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  const add = ({
    event,
    response,
  }: {
    event: APIGatewayProxyEventV2;
    response?: HttpResponse | null | undefined;
  }) => {
    if (!response) return;
    response.headers = {
      ...response.headers,
      'Cache-Control': 'no-store',
      'X-Request-Id': event.requestContext.requestId,
    };
  };
  return { after: add, onError: add };
}
