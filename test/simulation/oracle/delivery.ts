import type { GenerateCall } from '../facts.ts';
import type { Evidence } from '../world.ts';
import { type RotationHistory, rotationHistories } from './history.ts';

/** Where a key went that a process of Keyturn had in hand. */
type Received = Readonly<{
  call: GenerateCall;
  history: RotationHistory | undefined;
  isStored: boolean;
  isGiven: boolean;
}>;

/** Keys that Adyen returned, that are neither stored nor given to the caller, and whose rotation does not say so. */
export function lostKeys(evidence: Evidence): string[] {
  return received(evidence).flatMap(({ call, history, isStored, isGiven }) => {
    const { status, requestedBy } = history?.last ?? {};
    // What no program can know is whether a caller over HTTP reads its response.
    const mayBeGiven = status === 'succeeded' && requestedBy?.source === 'http';
    if (isStored || isGiven || status === 'unknown' || mayBeGiven) return [];
    return [`rotation ${call.rotationId} is ${status ?? 'not there'}`];
  });
}

/** Keys that no caller and no secret has, though their rotation was closed as succeeded: the caller had another response. */
export function givenUpButSucceeded(evidence: Evidence): string[] {
  return undelivered(evidence).flatMap(({ call, history }) => {
    const ended = history?.ended;
    return ended && ended.askedAt > ended.invocationEndsAt ? [`rotation ${call.rotationId}`] : [];
  });
}

/** How many rotations succeeded whose caller did not read the response in the end. */
export function countUnconfirmed(evidence: Evidence): number {
  return undelivered(evidence).length - givenUpButSucceeded(evidence).length;
}

function undelivered(evidence: Evidence): Received[] {
  return received(evidence).filter(
    ({ history, isStored, isGiven }) => !isStored && !isGiven && history?.last.status === 'succeeded',
  );
}

function received(evidence: Evidence): Received[] {
  const { facts } = evidence;
  const histories = new Map(rotationHistories(evidence).map((history) => [history.last.id, history]));
  const stored = new Set(facts.stored.map(({ key }) => key));
  const given = new Set(facts.callers.map(({ key }) => key));
  return facts.calls
    .filter(({ keyReceivedAt }) => keyReceivedAt !== undefined)
    .map((call) => ({
      call,
      history: histories.get(call.rotationId ?? ''),
      isStored: stored.has(call.key ?? ''),
      isGiven: given.has(call.key),
    }));
}
