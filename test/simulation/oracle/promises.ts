import { works } from '../models/adyen-ledger.ts';
import type { Evidence } from '../world.ts';
import { inUseAt, type RotationHistory, rotationHistories, versionsInUse } from './history.ts';

/** How much clocks may differ (ms). */
const TOLERANCE_MS = 10_000;

/** Rotations that say that the previous key works for longer than it does. What people did is not counted. */
export function falsePromises(evidence: Evidence): string[] {
  const { adyen, facts } = evidence;
  const histories = rotationHistories(evidence);
  return histories.flatMap((history) => {
    const { last, ended, credential } = history;
    if (last.status !== 'succeeded' || !last.key || !ended) return [];
    const previous = adyen.ledger.find(previousKey(history) ?? '');
    const isEndedByPerson =
      previous?.endedBy === 'person' ||
      (typeof previous?.endedBy === 'object' && previous.endedBy.isByPerson);
    if (!previous || isEndedByPerson) return [];
    const lateBy = Date.parse(last.key.previousKeyExpiresAt) - previous.endsAt - TOLERANCE_MS;
    if (lateBy <= 0) return [];
    const state = works(previous, ended.at) ? '' : ', and it was dead already';
    const rolledBack = facts.labels.some(
      ({ by, at, secretId }) => by === 'operator' && at <= ended.at && secretId.endsWith(credential),
    );
    return [
      `rotation ${last.id} by ${Math.round(lateBy / 1000)} s${state}${rolledBack ? ', after a rollback' : ''}`,
    ];
  });

  /** The key in use when the rotation ended; `undefined` if that is unknown. */
  function previousKey({ credential, ended, last }: RotationHistory): string | undefined {
    if (!ended) return undefined;
    const secretId = evidence.account.secretIdOf(credential);
    if (secretId !== undefined) {
      const inUse = versionsInUse(evidence, evidence.account.secret(secretId));
      return inUseAt(inUse, ended.at)?.key;
    }
    const earlier = histories.findLast(
      (other) =>
        other.credential === credential &&
        other.last.number < last.number &&
        other.last.status === 'succeeded' &&
        other.last.key !== undefined,
    );
    if (!earlier) return adyen.ledger.keysOf(credential)[0]?.text;
    // The caller did not read the response: which key is in use cannot be known.
    return facts.callers.find(({ rotationId, key }) => rotationId === earlier.last.id && key !== undefined)
      ?.key;
  }
}
