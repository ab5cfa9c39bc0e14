import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { MetricUnit as Unit } from '@aws-lambda-powertools/metrics/types';
import type { Metrics } from '../rotation/ports.ts';

/**
 * Metrics in CloudWatch's embedded metric format: lines on standard output, namespace `Keyturn`. The dimension `service` is
 * the variable `POWERTOOLS_SERVICE_NAME`.
 */
export function createMetrics(): Metrics {
  const metrics = new Powertools({ namespace: 'Keyturn' });
  const publish = (name: string, unit: Unit, value: number, ...dimensionSets: Record<string, string>[]) => {
    for (const dimensions of dimensionSets) metrics.addDimensions(dimensions);
    metrics.addMetric(name, unit, value).publishStoredMetrics();
  };
  const count = (name: string, dimensions: Record<string, string> = {}) =>
    publish(name, MetricUnit.Count, 1, dimensions);

  return {
    countRotation: (outcome, level) => count('Rotations', { outcome, level }),
    upstreamCall({ status, durationMs }) {
      publish('UpstreamLatency', MetricUnit.Milliseconds, durationMs, {}, { class: classOf(status) });
    },
    countRefusedRequest: (code) => count('RefusedRequests', { code }),
    countIssuedKey: (outcome) => count('IssuedKeys', { outcome }),
    countRefusedEvent: (code) => count('RefusedEvents', { code }),
    countFailedWorkflow: (code) => count('FailedWorkflows', { code }),
    countUnsentEvent: () => count('UnsentEvents'),
    countCheckedKey: (seen, value = 1) => publish('CheckedKeys', MetricUnit.Count, value, { seen }),
    countKeyStates: (state, value) => publish('KeyStates', MetricUnit.Count, value, { state }),
    promotionTime: (durationMs) => publish('PromotionTime', MetricUnit.Seconds, durationMs / 1000),
    outageTime: (durationMs) => publish('OutageTime', MetricUnit.Seconds, durationMs / 1000),
    countSweepFailure: () => count('SweepFailures'),
    countBadSetting: () => count('BadSettings'),
  };
}

/** `2xx`, `4xx` and so on; `none` if no response came back. */
function classOf(status: number | undefined): string {
  return status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
}
