import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Log } from '../rotation/ports.ts';
import type { HttpResponse } from './http-response.ts';
import { ProblemError } from './problems/problem.ts';
import { summaryOf } from './request-summary.ts';

/** A log that puts one id on every line, so that all lines of a request can be found. */
export type CorrelatedLog = Log & Readonly<{ setCorrelationId(id: string): void }>;

/** Writes one line per request, and another with the cause of an error that is not a plain problem. */
export function requestLog(log: CorrelatedLog): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  const startedAt = new WeakMap<APIGatewayProxyEventV2, number>();

  const writeLine = (event: APIGatewayProxyEventV2, status: number | undefined) => {
    const { requestContext, routeKey } = event;
    const durationMs = Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN));
    log.info('request', {
      requestId: requestContext.requestId,
      route: routeKey,
      status,
      ...summaryOf(event),
      durationMs,
    });
  };

  return {
    before({ event }) {
      startedAt.set(event, performance.now());
      log.setCorrelationId(event.requestContext.requestId);
    },
    after({ event, response }) {
      writeLine(event, response?.statusCode);
    },
    onError({ event, error, response }) {
      const { cause } = error ?? {};
      // A problem without a cause is an expected end: its code in the request's line is enough.
      const isExpected = cause instanceof ProblemError && cause.cause === undefined;
      if (!isExpected) log.error('The request failed', { cause });
      writeLine(event, response?.statusCode);
    },
  };
}
