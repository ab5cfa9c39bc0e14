import type { MiddlewareObj } from '@middy/core';
import type { RotationMetrics } from '../cloudwatch/metrics.ts';
import type { HttpEvent, HttpResponse } from './http-event.ts';
import { toProblem } from './problems/problem-details.ts';

/** Counts what became of each request: of its rotation, or of the request where none was begun. */
export function requestMetrics(metrics: RotationMetrics): MiddlewareObj<HttpEvent, HttpResponse> {
  const countRotation = ({ rotation, upstream }: HttpEvent['summary']) => {
    if (rotation) metrics.countRotation(rotation.status, rotation.level);
    if (upstream) metrics.upstreamLatency(upstream.durationMs);
  };
  return {
    after({ event }) {
      countRotation(event.summary);
    },
    onError({ event, error }) {
      countRotation(event.summary);
      if (!event.summary.rotation) metrics.countRefusal(toProblem(error).code);
    },
  };
}
