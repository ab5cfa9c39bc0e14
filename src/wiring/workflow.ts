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
import type { WorkflowResult } from '../workflow/run.ts';
import { assembleWorkflow } from './assemble-workflow.ts';
import type { Runtime } from './audit.ts';
import { wireSetting } from './live-setting.ts';
import { wireRotation } from './rotation.ts';

/** Puts the workflow together, as a durable function of Lambda. */
export function wireWorkflow(config: WorkflowConfig, runtime: Runtime) {
  const { rules } = config;
  const { log, metrics, now } = runtime;
  const wired = wireRotation(config, runtime);
  const { audit, commit, announce, recordKeyEvent, managedSecretOf, readNewest, rotate, probe } = wired;
  const grants = wireSetting('CALLER_GRANTS', config.grants, runtime);
  const refreshSettings = () => Promise.all([grants.refresh(), wired.refreshManagedSecrets()]);
  // Refreshed here too: a step that fails without a good document is repeated, in the same invocation or in another.
  const isGranted = async (source: string, credential: ApiCredential) => {
    await refreshSettings();
    return isCovered(credential, patternsOf(grants.current(), [`event:${source}`]));
  };
  const runWorkflow = assembleWorkflow({
    audit,
    readNewest,
    rotate,
    commit,
    announce,
    recordKeyEvent,
    managedSecretOf,
    probe,
    isGranted,
    rules,
    newId: uuidv7,
    random: Math.random,
    now,
    log,
    metrics,
  });

  return middy<unknown, WorkflowResult>({ executionMode: executionModeDurableContext }).handler(
    async (event, context) => {
      // In this execution mode the context is the durable one; middy's type does not say so.
      const durable = durableOf(context as unknown as DurableContext, now);
      try {
        await refreshSettings();
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
