import { parseWorkflowConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createAwsClients } from './aws-clients.ts';
import { wireWorkflow } from './wire-workflow.ts';

/** `RotateApiKey` and `ApiKeyIssued` events: from an event to a key that is known to work. */
export const handler = wireWorkflow(parseWorkflowConfig(process.env), {
  aws: createAwsClients(),
  log: createLog(),
  metrics: createMetrics(),
  now: Date.now,
});
