import type { ApiCredential } from '../../../src/rotation/api-credential.ts';
import { GRANTED_SOURCE } from '../account.ts';
import type { Facts } from '../facts.ts';
import type { Random } from '../kernel/random.ts';
import type { EventBus } from '../models/event-bus.ts';

const FORCES = 0.2;
/** How often an event comes from a source without a grant. */
const STRANGERS = 0.05;

/** Lets a system put a `RotateApiKey` event on the bus. */
export type AskByEvent = (credential: ApiCredential, force?: boolean) => void;

export function createAskByEvent(deps: { bus: EventBus; random: Random; facts: Facts }): AskByEvent {
  const { bus, random, facts } = deps;
  return (credential, force = random.chance(FORCES)) => {
    const id = random.uuid();
    const isStranger = random.chance(STRANGERS);
    if (isStranger) facts.refusedEvents.push({ eventId: id, credential });
    bus.put({
      id,
      source: isStranger ? 'stranger' : GRANTED_SOURCE,
      type: 'RotateApiKey',
      detail: { credential, request: { force, reason: 'simulated' } },
    });
  };
}
