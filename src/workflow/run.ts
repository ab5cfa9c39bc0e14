import type { ApiCredential } from '../rotation/api-credential.ts';
import { type IssuedKey, readIssued } from '../rotation/key-events.ts';
import type { RefusedEventCode } from '../rotation/rotation.ts';
import type { ManagedSecretOf } from '../secrets-manager/managed-secret.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import { type Issued, type IssueOrder, type IssueResult, issuedBy } from './issue-key.ts';
import type { Prove } from './promote-key.ts';
import type { RefuseEvent } from './refuse-event.ts';
import type { Order } from './workflow-input.ts';

/** How often the note of a refusal waits for a rotation that runs. */
const MAX_TRIES = 5;
/** Who asks where a displaced key is healed. */
const HEALER = 'keyturn';

type Refusable = Exclude<Order, { kind: 'take-up' }>;

/** What an execution came to. Whatever did not lead to a key in use is thrown instead. */
export type WorkflowEnd = Readonly<{
  outcome: 'works' | 'superseded' | 'duplicate';
  rotationId: string;
  /** The rotation whose displaced key this one has replaced. */
  heals?: string;
}>;

/**
 * Makes the workflow: from an event to a key that is known to work, is current where the app reads it, and still works
 * when the key before is gone. A key that was displaced by then is replaced once. Throws `WorkflowFailed` otherwise.
 */
export function createWorkflow(parts: {
  issue: (order: IssueOrder, durable: Durable) => Promise<IssueResult>;
  prove: Prove;
  refuseEvent: RefuseEvent;
  audit: Parameters<typeof readIssued>[0];
  managedSecretOf: ManagedSecretOf;
  /** Whether events of this source may have this API credential rotated. */
  isGranted: (source: string, credential: ApiCredential) => boolean;
  newId: () => string;
  onRefused: (code: RefusedEventCode, order: Refusable, faults: string) => void;
}): (order: Order, durable: Durable) => Promise<WorkflowEnd> {
  const { issue, prove, refuseEvent, audit, managedSecretOf, isGranted, newId, onRefused } = parts;

  return async (order, durable) => {
    const issued = await issuedFor(order, durable);
    if (issued.kind === 'duplicate') return { outcome: 'duplicate', rotationId: issued.rotationId };
    const { rotationId } = issued.issued;
    const outcome = await toItsEnd(issued.issued, durable);
    if (outcome !== 'displaced') return { outcome, rotationId };
    return heal(issued.issued, durable);
  };

  async function toItsEnd(issued: Issued, durable: Durable) {
    return (await prove.promote(issued, durable)) === 'superseded'
      ? 'superseded'
      : prove.check(issued, durable);
  }

  async function heal({ credential, rotationId: heals }: Issued, durable: Durable): Promise<WorkflowEnd> {
    const result = await issue(
      {
        eventId: `displaced-${heals}`,
        source: HEALER,
        credential,
        reason: `the key of rotation ${heals} was displaced`,
        // There is no key left that the overlap would protect.
        force: true,
      },
      durable,
    );
    if (result.kind === 'duplicate') return { outcome: 'duplicate', rotationId: result.rotationId, heals };
    const { rotationId } = result.issued;
    const outcome = await toItsEnd(result.issued, durable);
    // Not a loop: whoever displaces one key after the other must be found by a person.
    if (outcome === 'displaced')
      throw new WorkflowFailed('displaced', 'the key was displaced again after it was healed');
    return { outcome, rotationId, heals };
  }

  async function issuedFor(order: Order, durable: Durable): Promise<IssueResult> {
    switch (order.kind) {
      case 'take-up':
        return { kind: 'issued', issued: await durable.step('take up', () => takeUp(order.issued)) };
      case 'malformed':
        return refuse('malformed-request', order, order.faults, durable);
      case 'rotate':
        // Grants come first: whoever has none learns nothing of what is managed.
        if (!isGranted(order.source, order.credential)) {
          return refuse('forbidden', order, 'the source has no grant for this API credential', durable);
        }
        if (!managedSecretOf(order.credential)) {
          return refuse('no-managed-secret', order, 'the API credential has no managed secret', durable);
        }
        return issue(order, durable);
    }
  }

  async function takeUp(issued: IssuedKey): Promise<Issued> {
    return issuedBy(await readIssued(audit, issued));
  }

  async function refuse(
    code: RefusedEventCode,
    order: Refusable,
    faults: string,
    durable: Durable,
  ): Promise<never> {
    const { eventId, source, credential } = order;
    await durable.step('refuse', async () => onRefused(code, order, faults));
    if (credential && eventId !== undefined && source !== undefined) {
      await note({ ...order, eventId, source, credential }, code, durable);
    }
    throw new WorkflowFailed(code, `the event was refused: ${faults}`);
  }

  async function note(
    order: Omit<IssueOrder, 'reason' | 'force'> & Partial<IssueOrder>,
    code: RefusedEventCode,
    durable: Durable,
  ): Promise<void> {
    const { eventId, source, credential, reason, force = false } = order;
    const rotationId = await durable.step('id of the refusal', async () => newId());
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      const noted = await durable.step(`note ${turn}`, () =>
        refuseEvent(
          {
            rotationId,
            credential,
            requestedBy: { source: 'event', subject: source },
            requestId: eventId,
            ...(reason !== undefined && { reason }),
            force,
            idempotencyKey: eventId,
            invocationEndsAt: durable.invocationEndsAt(),
          },
          code,
        ),
      );
      if (noted.kind === 'noted') return;
      await durable.waitUntil(`busy ${turn}`, noted.until);
    }
  }
}
