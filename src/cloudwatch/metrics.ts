import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { MetricUnit as Unit } from '@aws-lambda-powertools/metrics/types';
import type { Metrics } from '../rotation/ports.ts';

/** Metrics in CloudWatch's embedded metric format: lines on standard output, namespace `Keyturn`. */
export function createMetrics(): Metrics {
  const metrics = new Powertools({ namespace: 'Keyturn', serviceName: 'keyturn' });
  const publish = (name: string, unit: Unit, value: number, dimensions: Record<string, string> = {}) => {
    metrics.addDimensions(dimensions).addMetric(name, unit, value);
    metrics.publishStoredMetrics();
  };
  const count = (name: string, dimensions?: Record<string, string>) =>
    publish(name, MetricUnit.Count, 1, dimensions);

  return {
    countRotation: (outcome, level) => count('Rotations', { outcome, level }),
    upstreamLatency: (durationMs) => publish('UpstreamLatency', MetricUnit.Milliseconds, durationMs),
    countRefusedRequest: (code) => count('RefusedRequests', { code }),
    countIssuedKey: (outcome) => count('IssuedKeys', { outcome }),
    countRefusedEvent: (code) => count('RefusedEvents', { code }),
    countFailedWorkflow: (code) => count('FailedWorkflows', { code }),
    countUnsentEvent: () => count('UnsentEvents'),
    countCheckedKey: (seen, value = 1) => publish('CheckedKeys', MetricUnit.Count, value, { seen }),
    countSweepFailure: () => count('SweepFailures'),
    countBadSetting: () => count('BadSettings'),
  };
}
