import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MetricUnit as Unit } from '@aws-lambda-powertools/metrics/types';
import type { KeyEvent } from '../rotation/key-events.ts';
import type { Rotation } from '../rotation/rotation.ts';

/** Metrics in CloudWatch's embedded metric format: lines on standard output, namespace `Keyturn`. */
export type RotationMetrics = Readonly<{
  /** `Rotations`, by outcome and level. */
  countRotation(outcome: Rotation['status'], level: string): void;
  /** `UpstreamLatency` (ms): all attempts of one rotation. */
  upstreamLatency(durationMs: number): void;
  /** `RefusedRequests`, by problem code: what ended before the upstream was called. */
  countRefusal(code: string): void;
  /** `IssuedKeys`, by what became of them: promoted, superseded, stalled, displaced, not-stored. */
  countIssuedKey(outcome: KeyEvent | 'not-stored'): void;
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
  const publish = (name: string, unit: Unit, value: number, dimensions: Record<string, string> = {}) => {
    metrics.addDimensions(dimensions).addMetric(name, unit, value);
    metrics.publishStoredMetrics();
  };
  const count = (name: string, dimensions?: Record<string, string>) =>
    publish(name, MetricUnit.Count, 1, dimensions);

  return {
    countRotation: (outcome, level) => count('Rotations', { outcome, level }),
    upstreamLatency: (durationMs) => publish('UpstreamLatency', MetricUnit.Milliseconds, durationMs),
    countRefusal: (code) => count('RefusedRequests', { code }),
    countIssuedKey: (outcome) => count('IssuedKeys', { outcome }),
    countRefusedEvent: (code) => count('RefusedEvents', { code }),
    countFailedWorkflow: (code) => count('FailedWorkflows', { code }),
    countUnsentEvent: () => count('UnsentEvents'),
    countSweepFailure: () => count('SweepFailures'),
  };
}
