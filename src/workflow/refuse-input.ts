import type { ApiCredential } from '../rotation/api-credential.ts';
import type { RefusedEventCode } from '../rotation/failure-codes.ts';
import { idempotencyKeyOf } from '../rotation/idempotency.ts';
import type { Log, Metrics } from '../rotation/ports.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import type { RefuseEvent } from './refuse-event.ts';
import type { WorkflowInput } from './workflow-input.ts';

/** How often the record of a refusal waits for a rotation that runs. */
const MAX_TRIES = 5;

type Refusable = Extract<WorkflowInput, { kind: 'rotate' | 'malformed' }>;

/** Ends an execution whose event asks for what it may not have. Always throws `WorkflowFailed`. */
export type RefuseInput = (
  code: RefusedEventCode,
  input: Refusable,
  faults: string,
  durable: Durable,
) => Promise<never>;

export function createRefuseInput(deps: {
  refuseEvent: RefuseEvent;
  newId: () => string;
  log: Log;
  metrics: Metrics;
  /** Whether events of this source may have this API credential rotated. */
  isGranted: (source: string, credential: ApiCredential) => boolean | Promise<boolean>;
}): RefuseInput {
  const { refuseEvent, newId, log, metrics } = deps;

  return async (code, input, faults, durable) => {
    const { eventId, source } = input;
    // Checkpointed, because grants may change while the record waits.
    const isGranted = await durable.step('refuse', async () => {
      const isGrantedNow = await isGrantedTo(input);
      log.error('The event is refused', { code, eventId, source, faults });
      metrics.countRefusedEvent(code);
      return isGrantedNow;
    });
    // A source without a grant can write nothing to the table.
    if (isGranted) await recordRefusal(code, input, durable);
    throw new WorkflowFailed(code, `the event was refused: ${faults}`);
  };

  async function isGrantedTo({ source, credential }: Refusable): Promise<boolean> {
    if (source === undefined || credential === undefined) return false;
    return deps.isGranted(source, credential);
  }

  /** Records the refusal in the audit, if the event names an API credential. */
  async function recordRefusal(code: RefusedEventCode, input: Refusable, durable: Durable): Promise<void> {
    const { eventId, source, credential } = input;
    if (!credential || eventId === undefined || source === undefined) return;
    const campaign = input.kind === 'rotate' && input.campaign !== undefined && { campaign: input.campaign };
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
          idempotencyKey: idempotencyKeyOf({ eventId, ...campaign }),
          invocationEndsAt: durable.invocationEndsAt(),
        };
        return refuseEvent(intent, code);
      });
      if (result.kind === 'recorded') return;
      await durable.waitUntil(`busy ${turn}`, result.until);
    }
  }
}
