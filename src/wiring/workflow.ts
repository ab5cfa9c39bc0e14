import type { DurableContext } from '@aws/durable-execution-sdk-js';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { v7 as uuidv7 } from 'uuid';
import type { WorkflowConfig } from '../config/config.ts';
import { patternsOf } from '../config/grants.ts';
import { durableOf } from '../durable-functions/durable-context.ts';
import { readInput } from '../event-bus/read-input.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { isCovered } from '../rotation/credential-pattern.ts';
import { WorkflowFailed } from '../workflow/durable.ts';
import { createHeal } from '../workflow/heal.ts';
import { createIssueKey } from '../workflow/issue-key.ts';
import { createLooks } from '../workflow/look.ts';
import { createPromoteKey } from '../workflow/promote-key.ts';
import { createRecover } from '../workflow/recover.ts';
import { createRefuseEvent } from '../workflow/refuse-event.ts';
import { createRefuseInput } from '../workflow/refuse-input.ts';
import { createRunWorkflow, type WorkflowResult } from '../workflow/run.ts';
import { createWatchKey } from '../workflow/watch-key.ts';
import type { Runtime } from './audit.ts';
import { wireRotation } from './rotation.ts';

/** Puts the workflow together, as a durable function of Lambda. */
export function wireWorkflow(config: WorkflowConfig, runtime: Runtime) {
  const { rules, grants } = config;
  const { log, metrics, now } = runtime;
  const { audit, commit, announce, recordKeyEvent, managedSecretOf, readNewest, rotate, probe } =
    wireRotation(config, runtime);
  const looks = createLooks({ audit, managedSecretOf, probe });
  const issueKey = createIssueKey({ rotate, newId: uuidv7, now, random: Math.random, metrics });
  const refuseEvent = createRefuseEvent({ audit, readNewest, commit, announce, rules, now });

  const isGranted = (source: string, credential: ApiCredential) =>
    isCovered(credential, patternsOf(grants, [`event:${source}`]));

  const runWorkflow = createRunWorkflow({
    issueKey,
    promoteKey: createPromoteKey({
      looks,
      issueKey,
      managedSecretOf,
      recordKeyEvent,
      verificationMs: rules.verificationMs,
      now,
    }),
    watchKey: createWatchKey({ looks, issueKey, recordKeyEvent }),
    recover: createRecover({ audit, issueKey }),
    heal: createHeal({ audit, looks, managedSecretOf, issueKey, recordKeyEvent, now }),
    refuseInput: createRefuseInput({ refuseEvent, newId: uuidv7, log, metrics, isGranted }),
    audit,
    managedSecretOf,
    isGranted,
  });

  return middy<unknown, WorkflowResult>({ executionMode: executionModeDurableContext }).handler(
    async (event, context) => {
      // In this execution mode the context is the durable one; middy's type does not say so.
      const durable = durableOf(context as unknown as DurableContext, now);
      try {
        const result = await runWorkflow(readInput(event), durable);
        log.info('workflow', result);
        return result;
      } catch (error) {
        const code = error instanceof WorkflowFailed ? error.code : 'internal';
        log.error('The workflow has not led to a key in use', { code, error });
        metrics.countFailedWorkflow(code);
        throw error;
      }
    },
  );
}
