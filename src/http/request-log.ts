import type { MiddlewareObj } from '@middy/core';
import type { Log } from '../cloudwatch/log.ts';
import type { HttpEvent, HttpResponse } from './http-event.ts';
import { ProblemError } from './problems/problem.ts';

/** Writes one line for each request, whatever became of it, and one more with the cause of an unexpected error. */
export function requestLog(log: Log): MiddlewareObj<HttpEvent, HttpResponse> {
  const startedAt = new WeakMap<HttpEvent, number>();

  const writeLine = (event: HttpEvent, status: number | undefined) => {
    const { requestContext, routeKey, summary } = event;
    const durationMs = Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN));
    log.info('request', {
      requestId: requestContext.requestId,
      route: routeKey,
      status,
      ...summary,
      durationMs,
    });
  };

  return {
    before({ event }) {
      startedAt.set(event, performance.now());
      log.setCorrelationId(event.requestContext.requestId);
      event.summary = {};
    },
    after({ event, response }) {
      writeLine(event, response?.statusCode);
    },
    onError({ event, error, response }) {
      const { cause } = error ?? {};
      // A problem is an expected end: its code in the line says all.
      if (!(cause instanceof ProblemError)) log.error('The request failed', { cause });
      writeLine(event, response?.statusCode);
    },
  };
}
