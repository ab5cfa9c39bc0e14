import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Rotation } from './rotation/rotation.ts';

/** Metrics in CloudWatch's embedded metric format: lines on standard output, namespace `Keyturn`. */
export type RotationMetrics = Readonly<{
  /** `Rotations`, by outcome and level. */
  countRotation(outcome: Rotation['status'], level: string): void;
  /** `UpstreamLatency` (ms): all attempts of one rotation. */
  upstreamLatency(durationMs: number): void;
  /** `RefusedRequests`, by problem code: what ended before the upstream was called. */
  countRefusal(code: string): void;
  /** `SweepFailures`: rotations past their lease that the sweep could not end. */
  countSweepFailure(): void;
}>;

export function createMetrics(): RotationMetrics {
  const metrics = new Metrics({ namespace: 'Keyturn', serviceName: 'keyturn' });
  return {
    countRotation(outcome, level) {
      metrics.singleMetric().addDimensions({ outcome, level }).addMetric('Rotations', MetricUnit.Count, 1);
    },
    upstreamLatency(durationMs) {
      metrics.singleMetric().addMetric('UpstreamLatency', MetricUnit.Milliseconds, durationMs);
    },
    countRefusal(code) {
      metrics.singleMetric().addDimension('code', code).addMetric('RefusedRequests', MetricUnit.Count, 1);
    },
    countSweepFailure() {
      metrics.singleMetric().addMetric('SweepFailures', MetricUnit.Count, 1);
    },
  };
}
