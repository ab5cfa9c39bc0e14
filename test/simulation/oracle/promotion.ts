import type { Evidence } from '../world.ts';
import { inUseAt, versionsInUse } from './history.ts';

/** A key in use is seen dead if so many probes in a row said so. One without a clear answer says nothing. */
const UNAUTHORIZED_IN_A_ROW = 3;

/** Moves of AWSCURRENT by Keyturn to a key that it had not seen working, while the key in use was not seen dead. */
export function unprovenPromotions(evidence: Evidence): string[] {
  const { facts, account } = evidence;
  return account.secrets.flatMap((secret) => {
    const inUse = versionsInUse(evidence, secret);
    return inUse.flatMap(({ from, key, versionId, by }) => {
      if (by !== 'keyturn' || wasSeenWorking(key, from)) return [];
      const before = inUseAt(inUse, from - 1);
      return before && wasSeenDead(before.key, from) ? [] : [`version ${versionId} of ${secret.id}`];
    });
  });

  function wasSeenWorking(key: string, by: number): boolean {
    return facts.probes.some((probe) => probe.key === key && probe.at <= by && probe.kind === 'works');
  }

  function wasSeenDead(key: string, by: number): boolean {
    const last = facts.probes
      .filter((probe) => probe.key === key && probe.at <= by && probe.kind !== 'unclear')
      .slice(-UNAUTHORIZED_IN_A_ROW);
    return last.length === UNAUTHORIZED_IN_A_ROW && last.every(({ kind }) => kind === 'unauthorized');
  }
}
