import type { Log, Metrics } from '../../src/rotation/ports.ts';

/** A log that gives each line to a test. */
export function logTo(onLine: (message: string, fields: Record<string, unknown>) => void): Log {
  return { info: onLine, warn: onLine, error: onLine };
}

/** A log that nobody reads. */
export const silentLog = logTo(() => {});

/** Metrics that only count what a test names. */
export function metricsWith(counted: Partial<Metrics> = {}): Metrics {
  return {
    countRotation() {},
    upstreamLatency() {},
    countRefusedRequest() {},
    countIssuedKey() {},
    countRefusedEvent() {},
    countFailedWorkflow() {},
    countUnsentEvent() {},
    countSweepFailure() {},
    ...counted,
  };
}
