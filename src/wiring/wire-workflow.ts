import type { DurableContext } from '@aws/durable-execution-sdk-js';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { v7 as uuidv7 } from 'uuid';
import type { parseWorkflowConfig } from '../config/config.ts';
import { patternsOf } from '../config/grants.ts';
import { durableOf } from '../durable-functions/durable-context.ts';
import { readEvent } from '../event-bus/read-event.ts';
import { isCovered } from '../rotation/credential-pattern.ts';
import { WorkflowFailed } from '../workflow/durable.ts';
import { createIssue } from '../workflow/issue-key.ts';
import { createProve } from '../workflow/promote-key.ts';
import { createRefuseEvent } from '../workflow/refuse-event.ts';
import { createWorkflow, type WorkflowEnd } from '../workflow/run.ts';
import { countRotation } from './count-rotation.ts';
import type { RotationParts } from './wire-audit.ts';
import { wireRotation } from './wire-rotation.ts';

/** Puts the workflow together, as a durable function of Lambda. */
export function wireWorkflow(
  config: ReturnType<typeof parseWorkflowConfig>,
  { aws, log, metrics, now }: RotationParts,
) {
  const parts = wireRotation(config, { aws, log, metrics, now });
  const { rules, grants } = config;

  const workflow = createWorkflow({
    ...parts,
    issue: createIssue({
      ...parts,
      newId: uuidv7,
      now,
      onTried: (result) => countRotation(metrics, result),
    }),
    prove: createProve({ ...parts, verificationMs: rules.verificationMs }),
    refuseEvent: createRefuseEvent({ ...parts, rules, now, log }),
    isGranted: (source, credential) => isCovered(credential, patternsOf(grants, [`event:${source}`])),
    newId: uuidv7,
    onRefused(code, { eventId, source }, faults) {
      log.error('The event is refused', { code, eventId, source, faults });
      metrics.countRefusedEvent(code);
    },
  });

  return middy<unknown, WorkflowEnd>({ executionMode: executionModeDurableContext }).handler(
    async (event, context) => {
      // In this execution mode the context is the durable one, whatever middy's type says.
      const durable = durableOf(context as unknown as DurableContext, now);
      try {
        const end = await workflow(readEvent(event), durable);
        log.info('workflow', end);
        return end;
      } catch (error) {
        const code = error instanceof WorkflowFailed ? error.code : 'internal';
        log.error('The workflow has not led to a key in use', { code, error });
        metrics.countFailedWorkflow(code);
        throw error;
      }
    },
  );
}
