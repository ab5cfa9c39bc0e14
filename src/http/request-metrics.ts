import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Metrics } from '../rotation/ports.ts';
import type { HttpResponse } from './http-response.ts';
import { toProblem } from './problems/problem-details.ts';
import { summaryOf } from './request-summary.ts';

/** Counts each request once: by the outcome of its rotation, or by its problem if it started no rotation. */
export function requestMetrics(
  metrics: Pick<Metrics, 'countRotation' | 'upstreamCall' | 'countRefusedRequest'>,
): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  const countRotation = (event: APIGatewayProxyEventV2) => {
    const { rotation, upstream } = summaryOf(event);
    if (rotation) metrics.countRotation(rotation.status, rotation.level);
    if (upstream) metrics.upstreamCall(upstream);
  };
  return {
    after({ event }) {
      countRotation(event);
    },
    onError({ event, error }) {
      countRotation(event);
      if (!summaryOf(event).rotation) metrics.countRefusedRequest(toProblem(error).code);
    },
  };
}
