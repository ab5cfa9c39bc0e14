import * as v from 'valibot';
import { type OperationId, problemsOf } from '../problems/problem-registry.ts';

/** What API Gateway responds by itself, before Keyturn is called or in its place. It is no problem details. */
export const GatewayErrorSchema = v.object({ message: v.string() });

/** When an HTTP API of API Gateway does so, and what it says then, by status. */
const GATEWAY_ERRORS = {
  401: { message: 'Unauthorized', when: 'the bearer token cannot be valid' },
  404: { message: 'Not Found', when: 'the path or the method is unknown' },
  429: { message: 'Too Many Requests', when: 'there are too many requests at the moment' },
  500: { message: 'Internal Server Error', when: 'the function cannot start' },
  503: { message: 'Service Unavailable', when: 'there is no capacity left to run the function' },
} as const;

type GatewayStatus = keyof typeof GATEWAY_ERRORS;

/** The errors of API Gateway by status for an operation. Only a protected operation has an authorizer. */
export function gatewayErrors(operation: OperationId): Map<number, (typeof GATEWAY_ERRORS)[GatewayStatus]> {
  const isProtected = problemsOf(operation).includes('unauthenticated');
  return new Map(
    Object.entries(GATEWAY_ERRORS)
      .map(([status, error]) => [Number(status), error] as const)
      .filter(([status]) => status !== 401 || isProtected),
  );
}
