import { createProbe } from '../adyen/probe.ts';
import { createSend } from '../adyen/send.ts';
import type { CheckConfig } from '../config/config.ts';
import { createFindByPlace } from '../dynamodb/credential-index.ts';
import { createReportDeadKey } from '../event-bus/report-dead-key.ts';
import { createCheckKeys } from '../rotation/check-keys.ts';
import type { Runtime } from './audit.ts';
import { wireManagedSecrets } from './managed-secrets.ts';
import { sleep } from './sleep.ts';

/** Puts the check of the keys in use together. */
export function wireChecks(config: CheckConfig, { aws, log, metrics, now }: Runtime) {
  const { adyenUrl: baseUrl, upstreamTimeoutMs: timeoutMs } = config;
  return createCheckKeys({
    findByPlace: createFindByPlace(aws.table, config.auditTableName),
    managedSecretOf: wireManagedSecrets(config.managedSecrets, aws.secretsManager).managedSecretOf,
    probe: createProbe({ send: createSend(), baseUrl, timeoutMs }),
    reportDeadKey: createReportDeadKey(aws.bus, config.eventBusName),
    now,
    sleep,
    log,
    metrics,
  });
}
