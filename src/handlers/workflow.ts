import type { DurableContext } from '@aws/durable-execution-sdk-js';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { v7 as uuidv7 } from 'uuid';
import { parseWorkflowConfig } from '../config.ts';
import { durableOf } from '../events/durable-context.ts';
import { readOrder } from '../events/incoming.ts';
import { patternsOf } from '../http/grants.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { isCovered } from '../rotation/credential-pattern.ts';
import { createIssue } from '../rotation/issue.ts';
import { createProve } from '../rotation/prove.ts';
import { createRefuseEvent } from '../rotation/refuse-event.ts';
import { createWorkflow, type WorkflowEnd } from '../rotation/workflow.ts';
import { wireRotation } from './wire-rotation.ts';

const config = parseWorkflowConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const parts = wireRotation(config, { log, metrics, now });
const { rules, grants } = config;

const workflow = createWorkflow({
  ...parts,
  issue: createIssue({
    ...parts,
    newId: uuidv7,
    now,
    onTried(result) {
      if (result.kind === 'refused' || result.kind === 'replayed') return;
      const { status, credential, upstream } = result.rotation;
      metrics.countRotation(status, credential.level);
      if (upstream) metrics.upstreamLatency(upstream.durationMs);
    },
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

/** `RotateApiKey` and `ApiKeyIssued` events: from an event to a key that is known to work. */
export const handler = middy<unknown, WorkflowEnd>({ executionMode: executionModeDurableContext }).handler(
  async (event, context) => {
    // In this execution mode the context is the durable one, whatever middy's type says.
    const durable = durableOf(context as unknown as DurableContext, now);
    const end = await workflow(readOrder(event), durable);
    log.info('workflow', end);
    return end;
  },
);
