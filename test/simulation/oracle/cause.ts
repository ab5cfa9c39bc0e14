import type { LedgerKey } from '../models/adyen-ledger.ts';
import type { Evidence } from '../world.ts';
import type { InUse } from './history.ts';
import { rotationHistories } from './history.ts';

/** Why an app read a dead key. */
export const CAUSES = [
  'somebody in the Customer Area',
  'a rollback by an operator',
  'a late call displaced the key',
  'a lost answer',
  'a key that was not stored',
  'the next key was never promoted',
  'promoted before it worked',
  'other',
] as const;

export type Cause = (typeof CAUSES)[number];

type Caused = Readonly<{ cause: Cause; causedAt: number }>;

const BY_PERSON: Cause = 'somebody in the Customer Area';
const BY_OPERATOR: Cause = 'a rollback by an operator';

/** The cause of an outage, by Adyen's ledger, and when it was set in motion. */
export function causeOf(evidence: Evidence, key: LedgerKey, inUse: InUse, from: number): Caused {
  const isRolledBack = inUse.by === 'operator';
  if (from < key.usableFrom) {
    return { cause: isRolledBack ? BY_OPERATOR : 'promoted before it worked', causedAt: from };
  }
  const { endedBy } = key;
  if (endedBy === 'person') return { cause: BY_PERSON, causedAt: key.endsAt };
  if (!endedBy) return { cause: 'other', causedAt: from };
  if (endedBy.isByPerson) return { cause: BY_PERSON, causedAt: endedBy.madeAt };
  const causedAt = evidence.facts.calls[endedBy.callId ?? -1]?.sentAt ?? endedBy.madeAt;
  return { cause: isRolledBack ? BY_OPERATOR : causeOfOwnKey(evidence, key, endedBy), causedAt };
}

/** Why a key that Keyturn itself had made ended another one that was in use. */
function causeOfOwnKey({ facts, ...evidence }: Evidence, key: LedgerKey, { callId, text }: LedgerKey): Cause {
  const call = facts.calls[callId ?? -1];
  const own = facts.calls[key.callId ?? -1];
  if (call && own && call.sentAt < own.sentAt) return 'a late call displaced the key';
  const histories = rotationHistories({ facts, ...evidence });
  const status = histories.find(({ last }) => last.id === call?.rotationId)?.last.status;
  const isStored = facts.stored.some((stored) => stored.key === text);
  if (status === 'unknown' && call?.keyReceivedAt === undefined) return 'a lost answer';
  if (status !== 'unknown' && status !== 'succeeded') return 'other';
  return status === 'succeeded' && isStored ? 'the next key was never promoted' : 'a key that was not stored';
}
