import type { Evidence } from '../world.ts';
import { brokenChains, unreadableRecords } from './chains.ts';
import { givenUpButSucceeded, lostKeys } from './delivery.ts';
import { doubleKeys } from './idempotency.ts';
import { callsWithoutRecord, neverEnded, twoStarted } from './locking.ts';
import { falsePromises } from './promises.ts';
import { unprovenPromotions } from './promotion.ts';
import { eventsLeft, missedWarnings, wrongWarnings } from './switches.ts';

/** Finds what breaks an invariant in a world: one text for each case. */
type Check = (evidence: Evidence) => string[] | Promise<string[]>;

/** What must always hold, as far as it can be seen from outside. */
export const INVARIANTS = {
  '1 a call without a record of intent': callsWithoutRecord,
  '2 two rotations started at once': twoStarted,
  '3 a rotation that never ended': neverEnded,
  '4 a key is lost without a trace': lostKeys,
  '4 an answer that was given up closed as succeeded': givenUpButSucceeded,
  '5 a key in the open': ({ facts }) => facts.leaks.map(({ where, key }) => `${where}: ${key}`),
  '6 an event without a grant wrote to the table': ungrantedWrites,
  '7 AWSCURRENT moved to an unproven key': unprovenPromotions,
  '9 two keys for one idempotency key': doubleKeys,
  '10 a previousKeyExpiresAt later than the truth': falsePromises,
  'a warning names the wrong consumers': wrongWarnings,
  'a consumer that is late was not named': missedWarnings,
  'an event that was left in the outbox': eventsLeft,
  'a dry run wrote to the table or made a key': dryRunEffects,
  'a chain that does not verify': brokenChains,
  'a record that its schema refuses': unreadableRecords,
  'Secrets Manager was told of a success without a new key': ({ facts }) =>
    facts.secretRotations
      .filter(({ outcome }) => outcome === 'reported without a new key')
      .map(({ secretId, token }) => `${secretId} ${token}`),
  'a test of a right set-up failed': ({ facts }) =>
    facts.secretRotations
      .filter(({ outcome, detail }) => outcome === 'test failed' && detail?.startsWith('SecretRotationError'))
      .map(({ secretId, detail }) => `${secretId}: ${detail}`),
  'an error that no fault explains': ({ facts }) => [...facts.crashes],
} as const satisfies Record<string, Check>;

function ungrantedWrites({ facts }: Evidence): string[] {
  const ungranted = new Set(facts.refusedEvents.map(({ eventId }) => eventId));
  return facts.writes
    .filter(({ operation, rotation }) => operation === 'insert' && ungranted.has(rotation.requestId))
    .map(({ rotation }) => `rotation ${rotation.id} of event ${rotation.requestId}`);
}

function dryRunEffects({ facts }: Evidence): string[] {
  const { dryRunContainers, writes, calls } = facts;
  return [...writes, ...calls]
    .filter(({ container }) => dryRunContainers.has(container))
    .map(({ container }) => container);
}

export type Invariant = keyof typeof INVARIANTS;

export type Violation = Readonly<{ invariant: Invariant; detail: string }>;

/** Everything in a world that breaks an invariant. */
export async function findViolations(evidence: Evidence): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [invariant, check] of Object.entries(INVARIANTS) as [Invariant, Check][]) {
    for (const detail of await check(evidence)) violations.push({ invariant, detail });
  }
  return violations;
}
