import type { Evidence } from '../world.ts';
import { type RotationHistory, rotationHistories } from './history.ts';

/** How long a process may take from its reads to its event or its write (ms): a container may be frozen meanwhile. */
const TAKES_MS = 30 * 60_000;
/** How long an event may wait after it is due (ms): a few runs of the sweep, some of which may fail. */
const SENT_WITHIN_MS = 30 * 60_000;

/** Warnings that name a consumer that had switched, or do not name one that had not. */
export function wrongWarnings(evidence: Evidence): string[] {
  const histories = rotationHistories(evidence);
  const byId = new Map(histories.map((history) => [history.last.id, history]));
  return evidence.facts.busEvents.flatMap(({ event, at, rotationId, late }) => {
    const history = byId.get(rotationId);
    if (event !== 'ApiKeySwitchOverdue' || !late || !history) return [];
    const { always, ever } = lateConsumers(evidence, histories, history, at);
    const named = new Set(late);
    return [
      ...late.filter((consumerId) => !ever.has(consumerId)).map((consumerId) => `${consumerId} had switched`),
      ...[...always]
        .filter((consumerId) => !named.has(consumerId))
        .map((consumerId) => `${consumerId} is missing`),
    ].map((detail) => `rotation ${rotationId}: ${detail}`);
  });
}

/** Rotations of which no warning was given although a consumer had not switched. */
export function missedWarnings(evidence: Evidence): string[] {
  const { facts } = evidence;
  const histories = rotationHistories(evidence);
  const warned = new Set(
    facts.busEvents
      .filter(({ event }) => event === 'ApiKeySwitchOverdue')
      .map(({ rotationId }) => rotationId),
  );
  return histories.flatMap((history) => {
    const clearedAt = warned.has(history.last.id) ? undefined : warningClearedAt(evidence, history);
    if (clearedAt === undefined) return [];
    return [...lateConsumers(evidence, histories, history, clearedAt).always].map(
      (consumerId) => `rotation ${history.last.id}: ${consumerId} had not switched`,
    );
  });
}

/** Events that should be on the bus, and still wait at the end. */
export function eventsLeft(evidence: Evidence): string[] {
  return rotationHistories(evidence).flatMap(({ last }) => {
    const outbox = last.status === 'started' ? undefined : last.outbox;
    if (!outbox || Date.parse(outbox.dueAt) > evidence.end - SENT_WITHIN_MS) return [];
    return [`rotation ${last.id}: ${outbox.event}, due ${outbox.dueAt}`];
  });
}

/** When the table was told that no warning is needed; `undefined` if another event took its place, or it still waits. */
function warningClearedAt({ facts }: Evidence, { last }: RotationHistory): number | undefined {
  let isWaiting = false;
  let entries = 0;
  for (const { at, rotation } of facts.writes) {
    if (rotation.id !== last.id || rotation.status === 'started') continue;
    if (isWaiting && !rotation.outbox && rotation.timeline.length === entries) return at;
    isWaiting = rotation.outbox?.event === 'ApiKeySwitchOverdue';
    entries = rotation.timeline.length;
  }
  return undefined;
}

/**
 * The consumers that had said something, but not that they use the key of a rotation or a newer one: all the time while a
 * process may have read them, and at some moment of it.
 */
function lateConsumers(
  { facts }: Evidence,
  histories: readonly RotationHistory[],
  { credential, last: rotation }: RotationHistory,
  at: number,
): { always: Set<string>; ever: Set<string> } {
  const inTime = new Set(
    histories.flatMap(({ credential: other, last }) =>
      other === credential && last.number >= rotation.number && last.status === 'succeeded' && last.key
        ? [last.key.fingerprint]
        : [],
    ),
  );
  const always = new Set<string>();
  const ever = new Set<string>();
  const said = facts.said.filter((fact) => fact.credential === credential && fact.at <= at);
  for (const consumerId of new Set(said.map((fact) => fact.consumerId))) {
    const own = said.filter((fact) => fact.consumerId === consumerId);
    const isLate = own.map(({ keyFingerprint }) => !inTime.has(keyFingerprint));
    // What it had said when the process may have begun to read, and everything that it said from then on.
    const first = Math.max(
      0,
      own.findLastIndex((fact) => fact.at <= at - TAKES_MS),
    );
    const meanwhile = isLate.slice(first);
    const wasKnown = own.some((fact) => fact.at <= at - TAKES_MS);
    if (meanwhile.some(Boolean)) ever.add(consumerId);
    if (wasKnown && meanwhile.every(Boolean)) always.add(consumerId);
  }
  return { always, ever };
}
