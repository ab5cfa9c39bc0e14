import { createProbe } from '../adyen/probe.ts';
import { createSend } from '../adyen/send.ts';
import type { CheckConfig } from '../config/config.ts';
import { createFindByPlace } from '../dynamodb/credential-index.ts';
import { createReportDeadKey } from '../event-bus/report-dead-key.ts';
import { createCheckKeys } from '../rotation/check-keys.ts';
import { createNoteRollback } from '../rotation/rollback.ts';
import { type Runtime, wireAudit } from './audit.ts';

/** Puts the check of the keys in use together. `sleep` lets time (ms) pass between two probes, and between two tries. */
export function wireChecks(
  config: CheckConfig,
  runtime: Runtime,
  sleep: (ms: number) => Promise<unknown>,
): ReturnType<typeof createCheckKeys> {
  const { aws, log, metrics, now } = runtime;
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs } = config;
  const { audit, recordKeyEvent, managedSecretOf, refreshManagedSecrets } = wireAudit(config, runtime);
  const checkKeys = createCheckKeys({
    findByPlace: createFindByPlace(aws.table, config.auditTableName),
    managedSecretOf,
    probe: createProbe({ send: createSend(), baseUrl, timeoutMs }),
    reportDeadKey: createReportDeadKey(aws.bus, config.eventBusName),
    noteRollback: createNoteRollback({ audit, recordKeyEvent, now }),
    now,
    sleep,
    log,
    metrics,
  });
  return async (windows, endsAt) => {
    await refreshManagedSecrets();
    return checkKeys(windows, endsAt);
  };
}
