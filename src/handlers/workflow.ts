import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseWorkflowConfig } from '../config/config.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireWorkflow } from '../wiring/workflow.ts';

/** `RotateApiKey` and `ApiKeyIssued` events: from an event to a key that is known to work. */
export const handler = wireWorkflow(parseWorkflowConfig(process.env), {
  aws: createAwsClients(),
  log: createLog(),
  metrics: createMetrics(),
  now: Date.now,
});
