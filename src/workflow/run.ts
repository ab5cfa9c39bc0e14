import type { ApiCredential } from '../rotation/api-credential.ts';
import { readIssued } from '../rotation/key-events.ts';
import type { AuditLog, ManagedSecretOf } from '../rotation/ports.ts';
import type { Durable } from './durable.ts';
import type { FollowRollback } from './follow-rollback.ts';
import type { Heal, Healed } from './heal.ts';
import { type IssueKey, type IssueResult, type StoredIssue, storedBy } from './issue-key.ts';
import type { PromoteKey } from './promote-key.ts';
import type { Recover } from './recover.ts';
import type { RefuseInput } from './refuse-input.ts';
import type { WatchKey } from './watch-key.ts';
import type { RotateInput, WorkflowInput } from './workflow-input.ts';

/** What an execution came to. Everything that did not lead to a key in use is thrown instead. */
export type WorkflowResult = Readonly<{
  outcome: 'works' | 'superseded' | 'duplicate';
  rotationId?: string;
  /** The rotation, or the version of the secret, whose dead key was replaced. */
  heals?: string;
}>;

export type RunWorkflow = (input: WorkflowInput, durable: Durable) => Promise<WorkflowResult>;

/**
 * Makes the workflow: from an event to a key that was seen working, is current where the app reads it, and still works
 * when the previous key has ended; a dead key is replaced. Throws `WorkflowFailed` otherwise.
 */
export function createRunWorkflow(deps: {
  issueKey: IssueKey;
  promoteKey: PromoteKey;
  watchKey: WatchKey;
  recover: Recover;
  heal: Heal;
  followRollback: FollowRollback;
  refuseInput: RefuseInput;
  audit: Pick<AuditLog, 'get'>;
  managedSecretOf: ManagedSecretOf;
  /** Whether events of this source may have this API credential rotated. */
  isGranted: (source: string, credential: ApiCredential) => boolean | Promise<boolean>;
}): RunWorkflow {
  const { issueKey, promoteKey, watchKey, recover, heal, followRollback, refuseInput, audit } = deps;

  return async (input, durable) => {
    switch (input.kind) {
      case 'malformed':
        return refuseInput('malformed-request', input, input.faults, durable);
      case 'rotate':
        return rotate(input, durable);
      case 'resume': {
        const issued = await durable.step('resume', async () =>
          storedBy(await readIssued(audit, input.issued)),
        );
        return keep(issued, durable, input.raisedAt);
      }
      case 'recover': {
        return keepAny(await recover(input, durable), input.rotationId, durable);
      }
      case 'rolled-back': {
        return keepAny(await followRollback(input.issued, durable), input.issued.rotationId, durable);
      }
      case 'heal': {
        return keepHealed(await heal(input, durable, input.raisedAt), input.versionId, durable);
      }
    }
  };

  async function rotate(
    input: Extract<WorkflowInput, { kind: 'rotate' }>,
    durable: Durable,
  ): Promise<WorkflowResult> {
    // Checkpointed: settings may change while the execution waits, and it must not change its mind.
    const admission = await durable.step('admit', () => admit(input));
    switch (admission) {
      case 'forbidden':
        return refuseInput(admission, input, 'the source has no grant for this API credential', durable);
      case 'no-managed-secret':
        return refuseInput(admission, input, 'the API credential has no managed secret', durable);
    }
    const result = await issueKey(input, durable);
    if (result.kind === 'duplicate') return { outcome: 'duplicate', rotationId: result.rotationId };
    return keep(result.issued, durable, input.raisedAt);
  }

  /** Grants come first: a source without one learns nothing about managed secrets. */
  async function admit({
    source,
    credential,
  }: RotateInput): Promise<'admitted' | 'forbidden' | 'no-managed-secret'> {
    if (!(await deps.isGranted(source, credential))) return 'forbidden';
    return deps.managedSecretOf(credential) ? 'admitted' : 'no-managed-secret';
  }

  /** What followed a rotation, if anything was needed. */
  async function keepAny(
    result: IssueResult | undefined,
    rotationId: string,
    durable: Durable,
  ): Promise<WorkflowResult> {
    if (result?.kind !== 'issued') return { outcome: 'superseded', rotationId };
    return keep(result.issued, durable);
  }

  /** From an issued key to one in use that still works when the previous key has ended. */
  async function keep(issued: StoredIssue, durable: Durable, since?: string): Promise<WorkflowResult> {
    const promotion = await promoteKey(issued, durable, since);
    const { rotationId } = promotion.issued;
    if (promotion.kind === 'superseded') return { outcome: 'superseded', rotationId };
    return watch(promotion.issued, durable);
  }

  async function keepHealed(
    healed: Healed | undefined,
    heals: string,
    durable: Durable,
  ): Promise<WorkflowResult> {
    if (!healed) return { outcome: 'superseded', heals };
    const { kind, issued } = healed;
    return { ...(await (kind === 'promoted' ? watch : keep)(issued, durable)), heals };
  }

  async function watch(issued: StoredIssue, durable: Durable): Promise<WorkflowResult> {
    const watched = await watchKey(issued, durable);
    const { rotationId, credential, versionId } = issued;
    switch (watched.kind) {
      case 'works':
      case 'superseded':
        return { outcome: watched.kind, rotationId };
      case 'renewed':
        return keep(watched.issued, durable);
      case 'displaced': {
        return keepHealed(await heal({ credential, versionId }, durable, watched.at), rotationId, durable);
      }
    }
  }
}
