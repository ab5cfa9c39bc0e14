import type { Log, Metrics } from '../../src/rotation/ports.ts';

/** A log that passes each line to a test. */
export function logTo(onLine: (message: string, fields: Record<string, unknown>) => void): Log {
  return { info: onLine, warn: onLine, error: onLine };
}

/** A log that drops each line. */
export const silentLog = logTo(() => {});

/** Metrics that count only what a test names. */
export function metricsWith(counted: Partial<Metrics> = {}): Metrics {
  return {
    countRotation() {},
    upstreamCall() {},
    countRefusedRequest() {},
    countIssuedKey() {},
    countRefusedEvent() {},
    countFailedWorkflow() {},
    countUnsentEvent() {},
    countCheckedKey() {},
    countKeyStates() {},
    promotionTime() {},
    outageTime() {},
    countSweepFailure() {},
    countBadSetting() {},
    ...counted,
  };
}
