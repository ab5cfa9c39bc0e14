import type { ApiCredential } from '../rotation/api-credential.ts';
import type { RefusedEventCode } from '../rotation/failure-codes.ts';
import { readIssued } from '../rotation/key-events.ts';
import type { AuditLog, Log, ManagedSecretOf, Metrics } from '../rotation/ports.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import { type IssueKey, type IssueResult, type StoredIssue, storedBy } from './issue-key.ts';
import type { PromoteKey } from './promote-key.ts';
import type { RefuseEvent } from './refuse-event.ts';
import type { WatchKey } from './watch-key.ts';
import type { WorkflowInput } from './workflow-input.ts';

/** How often the record of a refusal waits for a rotation that runs. */
const MAX_TRIES = 5;
/** The requester of a rotation that replaces a displaced key. */
const HEALER = 'keyturn';

type Refusable = Exclude<WorkflowInput, { kind: 'resume' }>;

/** What an execution came to. Everything that did not lead to a key in use is thrown instead. */
export type WorkflowResult = Readonly<{
  outcome: 'works' | 'superseded' | 'duplicate';
  rotationId: string;
  /** The rotation whose displaced key this one replaced. */
  heals?: string;
}>;

export type RunWorkflow = (input: WorkflowInput, durable: Durable) => Promise<WorkflowResult>;

/**
 * Makes the workflow: from an event to a key that was seen working, is current where the app reads it, and still works
 * when the previous key has ended. A key that was displaced by then is replaced once. Throws `WorkflowFailed` otherwise.
 */
export function createRunWorkflow(deps: {
  issueKey: IssueKey;
  promoteKey: PromoteKey;
  watchKey: WatchKey;
  refuseEvent: RefuseEvent;
  audit: Pick<AuditLog, 'get'>;
  managedSecretOf: ManagedSecretOf;
  /** Whether events of this source may have this API credential rotated. */
  isGranted: (source: string, credential: ApiCredential) => boolean;
  newId: () => string;
  log: Log;
  metrics: Metrics;
}): RunWorkflow {
  const { issueKey, promoteKey, watchKey, refuseEvent, audit, managedSecretOf, isGranted, newId } = deps;
  const { log, metrics } = deps;

  return async (input, durable) => {
    const result = await issuedFor(input, durable);
    if (result.kind === 'duplicate') return { outcome: 'duplicate', rotationId: result.rotationId };
    const { issued } = result;
    const outcome = await promoteAndWatch(issued, durable);
    return outcome === 'displaced' ? heal(issued, durable) : { outcome, rotationId: issued.rotationId };
  };

  async function issuedFor(input: WorkflowInput, durable: Durable): Promise<IssueResult> {
    switch (input.kind) {
      case 'resume':
        return {
          kind: 'issued',
          issued: await durable.step('resume', async () => storedBy(await readIssued(audit, input.issued))),
        };
      case 'malformed':
        return refuse('malformed-request', input, input.faults, durable);
      case 'rotate':
        // Grants come first: a source without one learns nothing about managed secrets.
        if (!isGranted(input.source, input.credential)) {
          return refuse('forbidden', input, 'the source has no grant for this API credential', durable);
        }
        if (!managedSecretOf(input.credential)) {
          return refuse('no-managed-secret', input, 'the API credential has no managed secret', durable);
        }
        return issueKey(input, durable);
    }
  }

  async function promoteAndWatch(issued: StoredIssue, durable: Durable) {
    const promotion = await promoteKey(issued, durable);
    return promotion === 'superseded' ? promotion : watchKey(issued, durable);
  }

  async function heal(
    { credential, rotationId: heals }: StoredIssue,
    durable: Durable,
  ): Promise<WorkflowResult> {
    const result = await issueKey(
      {
        eventId: `displaced-${heals}`,
        source: HEALER,
        credential,
        // No key is left that the overlap would protect.
        request: { reason: `the key of rotation ${heals} was displaced`, force: true },
      },
      durable,
    );
    if (result.kind === 'duplicate') return { outcome: 'duplicate', rotationId: result.rotationId, heals };
    const { rotationId } = result.issued;
    const outcome = await promoteAndWatch(result.issued, durable);
    // Once only: a person must find out what displaces one key after the other.
    if (outcome === 'displaced') {
      throw new WorkflowFailed('displaced', 'the key was displaced again after it was healed');
    }
    return { outcome, rotationId, heals };
  }

  async function refuse(
    code: RefusedEventCode,
    input: Refusable,
    faults: string,
    durable: Durable,
  ): Promise<never> {
    const { eventId, source } = input;
    await durable.step('refuse', async () => {
      log.error('The event is refused', { code, eventId, source, faults });
      metrics.countRefusedEvent(code);
    });
    await recordRefusal(code, input, durable);
    throw new WorkflowFailed(code, `the event was refused: ${faults}`);
  }

  /** Records the refusal in the audit, if the event names an API credential. */
  async function recordRefusal(code: RefusedEventCode, input: Refusable, durable: Durable): Promise<void> {
    const { eventId, source, credential } = input;
    if (!credential || eventId === undefined || source === undefined) return;
    const request = input.kind === 'rotate' ? input.request : { force: false };
    const rotationId = await durable.step('id of the refusal', async () => newId());
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      const result = await durable.step(`record refusal ${turn}`, () => {
        const intent = {
          rotationId,
          credential,
          request,
          requestedBy: { source: 'event', subject: source } as const,
          requestId: eventId,
          idempotencyKey: eventId,
          invocationEndsAt: durable.invocationEndsAt(),
        };
        return refuseEvent(intent, code);
      });
      if (result.kind === 'recorded') return;
      await durable.waitUntil(`busy ${turn}`, result.until);
    }
  }
}
