import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What a handler returns to API Gateway (HTTP API, payload 2.0). */
export type HttpResponse = APIGatewayProxyStructuredResultV2;

/** A response with status 200 and a JSON body. */
export function jsonResponse(body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode: 200,
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}
