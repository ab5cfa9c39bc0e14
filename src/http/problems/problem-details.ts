import type { MiddlewareObj } from '@middy/core';
import { Unavailable } from '../../rotation/unavailable.ts';
import type { HttpEvent, HttpResponse } from '../http-event.ts';
import { envelope, ProblemError } from './problem.ts';

/**
 * Turns whatever was thrown into the one envelope, in the form that `@middy/http-error-handler` answers as it
 * is: the message is the body, the headers are the headers.
 */
export function problemDetails(): MiddlewareObj<HttpEvent, HttpResponse> {
  return {
    onError(request) {
      const problem = toProblem(request.error);
      const body = envelope(problem, request.event.requestContext.requestId);
      request.event.summary.problem = problem.code;
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

/** What an error is to the caller. What nobody expected is `internal`, and tells nothing of itself. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof Unavailable) return new ProblemError(error.code);
  return new ProblemError('internal');
}
