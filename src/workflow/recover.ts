import { storedVersionOf } from '../rotation/key-events.ts';
import type { AuditLog } from '../rotation/ports.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import type { Durable } from './durable.ts';
import { type IssueKey, type IssueResult, OVERTAKES_MS, ownRequest } from './issue-key.ts';
import type { RecoverInput } from './workflow-input.ts';

/** How long the execution of an event has to go on by itself (ms). */
const OWN_EXECUTION_MS = 2 * 60 * 60 * 1000;

/** Follows a rotation with an unknown outcome by another one, unless a later rotation has made a key. */
export type Recover = (input: RecoverInput, durable: Durable) => Promise<IssueResult | undefined>;

export function createRecover(deps: { audit: Pick<AuditLog, 'newest'>; issueKey: IssueKey }): Recover {
  const { audit, issueKey } = deps;

  return async (input, durable) => {
    const { credential, rotationId, number, completedAt, isFollowedByItself } = input;
    const pause = isFollowedByItself ? OWN_EXECUTION_MS : OVERTAKES_MS;
    await durable.waitUntil('quarantine', toTimestamp(Date.parse(completedAt) + pause));
    const isFollowed = await durable.step('newest', async () => {
      const newest = await audit.newest(credential);
      if (!newest) return false;
      // A rotation that failed after it says which one has made the newest key.
      const made = storedVersionOf(newest) ? newest.number : newest.lastKeyNumber;
      return made !== undefined && made > number;
    });
    if (isFollowed) return undefined;
    const reason = `the outcome of rotation ${rotationId} is unknown`;
    return issueKey(ownRequest(`recover-${rotationId}`, credential, reason), durable);
  };
}
