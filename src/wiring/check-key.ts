import { createProbe } from '../adyen/probe.ts';
import { createSend } from '../adyen/send.ts';
import type { ProbeConfig } from '../config/config.ts';
import { createReportDeadKey } from '../event-bus/report-dead-key.ts';
import { createCheckKey } from '../rotation/check-key.ts';
import { createNoteRollback } from '../rotation/rollback.ts';
import { type Runtime, wireAudit } from './audit.ts';

/** Puts the check of one key in use together. `sleep` lets time (ms) pass between two probes. */
export function wireCheckKey(config: ProbeConfig, runtime: Runtime, sleep: (ms: number) => Promise<unknown>) {
  const ports = wireCheckPorts(config, runtime);
  const { managedSecretOf, refreshManagedSecrets } = ports;
  const { log, now } = runtime;
  return { checkKey: createCheckKey({ ...ports, now, sleep, log }), managedSecretOf, refreshManagedSecrets };
}

/** What every check of a key in use needs from outside. */
export function wireCheckPorts(config: ProbeConfig, runtime: Runtime) {
  const { aws, now } = runtime;
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs } = config;
  const { audit, recordKeyEvent, managedSecretOf, refreshManagedSecrets } = wireAudit(config, runtime);
  return {
    managedSecretOf,
    refreshManagedSecrets,
    probe: createProbe({ send: createSend(), baseUrl, timeoutMs }),
    reportDeadKey: createReportDeadKey(aws.bus, config.eventBusName),
    noteRollback: createNoteRollback({ audit, recordKeyEvent, now }),
  };
}
