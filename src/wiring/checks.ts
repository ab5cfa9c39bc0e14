import type { CheckConfig } from '../config/config.ts';
import { createFindByPlace } from '../dynamodb/credential-index.ts';
import { createCheckKeys } from '../rotation/check-keys.ts';
import type { Runtime } from './audit.ts';
import { wireCheckPorts } from './check-key.ts';

/** Puts the check of the keys in use together. `sleep` lets time (ms) pass between two probes, and between two tries. */
export function wireChecks(
  config: CheckConfig,
  runtime: Runtime,
  sleep: (ms: number) => Promise<unknown>,
): ReturnType<typeof createCheckKeys> {
  const { aws, log, metrics, now } = runtime;
  const ports = wireCheckPorts(config, runtime);
  const findByPlace = createFindByPlace(aws.table, config.auditTableName);
  const checkKeys = createCheckKeys({ ...ports, findByPlace, now, sleep, log, metrics });
  return async (windows, endsAt) => {
    await ports.refreshManagedSecrets();
    return checkKeys(windows, endsAt);
  };
}
