import type { AuditConfig } from '../config/config.ts';
import { createConsumerLog } from '../dynamodb/consumers.ts';
import { type Acknowledge, createAcknowledge } from '../rotation/acknowledge.ts';
import { type Runtime, wireAudit } from './audit.ts';

/** Puts together what notes the keys that consumers use. */
export function wireConsumers(config: AuditConfig, runtime: Runtime): Readonly<{ acknowledge: Acknowledge }> {
  const { aws, now } = runtime;
  const { audit, recordKeyEvent } = wireAudit(config, runtime);
  const consumers = createConsumerLog(aws.table, config.auditTableName, now);
  return { acknowledge: createAcknowledge({ audit, consumers, recordKeyEvent, now }) };
}
