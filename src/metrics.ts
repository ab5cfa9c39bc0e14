import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FollowUpEvent } from './rotation/follow-up.ts';
import type { Rotation } from './rotation/rotation.ts';

/** Metrics in CloudWatch's embedded metric format: lines on standard output, namespace `Keyturn`. */
export type RotationMetrics = Readonly<{
  /** `Rotations`, by outcome and level. */
  countRotation(outcome: Rotation['status'], level: string): void;
  /** `UpstreamLatency` (ms): all attempts of one rotation. */
  upstreamLatency(durationMs: number): void;
  /** `RefusedRequests`, by problem code: what ended before the upstream was called. */
  countRefusal(code: string): void;
  /** `IssuedKeys`, by what became of them: promoted, superseded, stalled, displaced, not-stored. */
  countIssuedKey(outcome: FollowUpEvent | 'not-stored'): void;
  /** `RefusedEvents`, by problem code. */
  countRefusedEvent(code: string): void;
  /** `FailedWorkflows`, by code: events that have not led to a key in use. They are in the dead-letter queue. */
  countFailedWorkflow(code: string): void;
  /** `UnsentEvents`: events that are not on the bus and wait for the sweep. */
  countUnsentEvent(): void;
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
    countIssuedKey(outcome) {
      metrics.singleMetric().addDimension('outcome', outcome).addMetric('IssuedKeys', MetricUnit.Count, 1);
    },
    countRefusedEvent(code) {
      metrics.singleMetric().addDimension('code', code).addMetric('RefusedEvents', MetricUnit.Count, 1);
    },
    countFailedWorkflow(code) {
      metrics.singleMetric().addDimension('code', code).addMetric('FailedWorkflows', MetricUnit.Count, 1);
    },
    countUnsentEvent() {
      metrics.singleMetric().addMetric('UnsentEvents', MetricUnit.Count, 1);
    },
    countSweepFailure() {
      metrics.singleMetric().addMetric('SweepFailures', MetricUnit.Count, 1);
    },
  };
}
