import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/**
 * The value of a request header, or `undefined`. API Gateway sends header names in lower case; local gateways may not.
 *
 * @param name in lower case
 */
export function requestHeader(event: APIGatewayProxyEventV2, name: string): string | undefined {
  return Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
