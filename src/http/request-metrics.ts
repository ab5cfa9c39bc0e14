import type { MiddlewareObj } from '@middy/core';
import type { RotationMetrics } from '../metrics.ts';
import type { HttpAnswer, HttpEvent } from './http-event.ts';

/** Counts what became of each request. */
export function requestMetrics(metrics: RotationMetrics): MiddlewareObj<HttpEvent, HttpAnswer> {
  const count = ({ event: { summary } }: { event: HttpEvent }) => {
    const { rotation, upstream, problem } = summary;
    if (rotation) metrics.countRotation(rotation.status, rotation.level);
    else if (problem) metrics.countRefusal(problem);
    if (upstream) metrics.upstreamLatency(upstream.durationMs);
  };
  return { after: count, onError: count };
}
