import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ManagedSecretError } from '../../rotation/managed-secret-error.ts';
import { Unavailable } from '../../rotation/unavailable.ts';
import type { HttpResponse } from '../http-response.ts';
import { summaryOf } from '../request-summary.ts';
import { envelope, ProblemError } from './problem.ts';

/**
 * Turns every error into the one envelope, in the form that `@middy/http-error-handler` makes a response of: the error's
 * message becomes the body, and its headers become the headers.
 */
export function problemDetails(): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  return {
    onError(request) {
      const problem = toProblem(request.error);
      const body = envelope(problem, request.event.requestContext.requestId);
      summaryOf(request.event).problem = problem.code;
      request.error = Object.assign(new Error(JSON.stringify(body), { cause: request.error }), {
        name: 'HttpError',
        statusCode: body.status,
        expose: true,
        headers: {
          ...(body.retryAfter !== undefined && { 'Retry-After': String(body.retryAfter) }),
          ...problem.fields.headers,
          'Content-Type': 'application/problem+json',
        },
      });
    },
  };
}

/** The problem that the caller gets for an error. An unexpected error is `internal`, and none of it is shown. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof Unavailable) return new ProblemError(error.code);
  if (error instanceof ManagedSecretError) return new ProblemError('managed-secret-unavailable');
  return new ProblemError('internal');
}
