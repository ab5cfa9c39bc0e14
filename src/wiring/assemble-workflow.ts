import type { ApiCredential } from '../rotation/api-credential.ts';
import type { Announce, Commit } from '../rotation/commit.ts';
import type { ReadNewest } from '../rotation/expire.ts';
import type { RecordKeyEvent } from '../rotation/key-events.ts';
import type { AuditLog, Clock, Log, ManagedSecretOf, Metrics, Probe } from '../rotation/ports.ts';
import type { Rotate } from '../rotation/rotate-command.ts';
import type { ClosingRules } from '../rotation/rules.ts';
import { createFollowRollback } from '../workflow/follow-rollback.ts';
import { createHeal } from '../workflow/heal.ts';
import { createIssueKey } from '../workflow/issue-key.ts';
import { createLooks } from '../workflow/look.ts';
import { createPromoteKey } from '../workflow/promote-key.ts';
import { createRecover } from '../workflow/recover.ts';
import { createRefuseEvent } from '../workflow/refuse-event.ts';
import { createRefuseInput } from '../workflow/refuse-input.ts';
import { createRunWorkflow, type RunWorkflow } from '../workflow/run.ts';
import { createWatchKey } from '../workflow/watch-key.ts';

/** Puts together, from its ports, the workflow from an event to a key in use. */
export function assembleWorkflow(ports: {
  audit: AuditLog;
  readNewest: ReadNewest;
  rotate: Rotate;
  commit: Commit;
  announce: Announce;
  recordKeyEvent: RecordKeyEvent;
  managedSecretOf: ManagedSecretOf;
  probe: Probe;
  /** Whether events of this source may have this API credential rotated. */
  isGranted: (source: string, credential: ApiCredential) => boolean | Promise<boolean>;
  rules: ClosingRules;
  newId: () => string;
  /** From 0 to 1. */
  random: () => number;
  now: Clock;
  log: Log;
  metrics: Metrics;
}): RunWorkflow {
  const { audit, readNewest, rotate, commit, announce, recordKeyEvent, managedSecretOf, probe } = ports;
  const { isGranted, rules, newId, random, now, log, metrics } = ports;
  const looks = createLooks({ audit, managedSecretOf, probe });
  const issueKey = createIssueKey({ rotate, newId, now, random, metrics });
  const refuseEvent = createRefuseEvent({ audit, readNewest, commit, announce, rules, now });
  return createRunWorkflow({
    issueKey,
    promoteKey: createPromoteKey({
      looks,
      issueKey,
      managedSecretOf,
      recordKeyEvent,
      verificationMs: rules.verificationMs,
      now,
      metrics,
    }),
    watchKey: createWatchKey({ looks, issueKey, recordKeyEvent, now }),
    recover: createRecover({ audit, issueKey }),
    heal: createHeal({ audit, looks, managedSecretOf, issueKey, recordKeyEvent, now, metrics }),
    followRollback: createFollowRollback({ audit, looks, managedSecretOf, issueKey }),
    refuseInput: createRefuseInput({ refuseEvent, newId, log, metrics, isGranted }),
    audit,
    managedSecretOf,
    isGranted,
  });
}
