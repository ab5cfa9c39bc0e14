import type { ApiCredential } from './api-credential.ts';
import { AGAIN_MS, createCheckKey, hasTime } from './check-key.ts';
import type {
  FindByPlace,
  Log,
  ManagedSecret,
  ManagedSecretOf,
  Metrics,
  Probe,
  ReportDeadKey,
} from './ports.ts';
import type { NoteRollback } from './rollback.ts';

/** How often a check is tried that fails: the next one comes an interval later. */
const MAX_TRIES = 3;
/** How many keys are checked at once. */
const AT_ONCE = 4;

type Seen = Parameters<Metrics['countCheckedKey']>[0];

/** How many keys were checked, by what was seen. `isPartial`: time ran out before all were. */
export type CheckResult = Readonly<{ seen: Readonly<Partial<Record<Seen, number>>>; isPartial: boolean }>;

/** The part of all credentials that one run checks, by their place from 0 to 1. */
export type Window = Readonly<{ from: number; to: number }>;

/**
 * The parts of all credentials that the run of a moment checks, so that each is checked once an interval and the checks
 * are spread evenly over it.
 *
 * @param at ms since the epoch: the moment for which the run is scheduled
 * @param periodMs between two runs
 * @param intervalMs between two checks of one key
 */
export function windowsAt(at: number, periodMs: number, intervalMs: number): Window[] {
  if (periodMs >= intervalMs) return [{ from: 0, to: 1 }];
  const begin = at % intervalMs;
  const end = begin + periodMs;
  // Divided last: the next run then begins at the very number at which this one ends.
  const from = begin / intervalMs;
  if (end <= intervalMs) return [{ from, to: end / intervalMs }];
  return [
    { from, to: 1 },
    { from: 0, to: (end - intervalMs) / intervalMs },
  ];
}

/**
 * Makes the check of keys in use: it probes each key once, writes nothing while nothing changes, has the workflow replace a
 * key that is unauthorized three times in a row, and records a rollback.
 */
export function createCheckKeys(deps: {
  findByPlace: FindByPlace;
  managedSecretOf: ManagedSecretOf;
  probe: Probe;
  reportDeadKey: ReportDeadKey;
  noteRollback: NoteRollback;
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
  log: Log;
  metrics: Metrics;
}): (windows: readonly Window[], endsAt: number) => Promise<CheckResult> {
  const { findByPlace, managedSecretOf, now, sleep, log, metrics } = deps;
  const checkKey = createCheckKey(deps);

  return async (windows, endsAt) => {
    const seen: Partial<Record<Seen, number>> = {};
    for (const { from, to } of windows) {
      const credentials = takeWhile(findByPlace(from, to)[Symbol.asyncIterator](), () =>
        hasTime(now(), endsAt),
      );
      await Promise.all(Array.from({ length: AT_ONCE }, () => checkAll(credentials, seen, endsAt)));
    }
    // Its keys are those of the record's own type.
    for (const [kind, count] of Object.entries(seen)) metrics.countCheckedKey(kind as Seen, count);
    return { seen, isPartial: !hasTime(now(), endsAt) };
  };

  /** Several of these share one stream of credentials. */
  async function checkAll(
    next: () => Promise<ApiCredential | undefined>,
    seen: Partial<Record<Seen, number>>,
    endsAt: number,
  ): Promise<void> {
    for (let credential = await next(); credential; credential = await next()) {
      const secret = managedSecretOf(credential);
      if (!secret) continue;
      const kind = await check(credential, secret, endsAt);
      seen[kind] = (seen[kind] ?? 0) + 1;
    }
  }

  /** Checks a key, and again if a hiccup of AWS was in the way. */
  async function check(credential: ApiCredential, secret: ManagedSecret, endsAt: number): Promise<Seen> {
    for (let turn = 1; ; turn += 1) {
      const { seen, isDone } = await checkOnce(credential, secret, endsAt);
      if (isDone || turn === MAX_TRIES || !hasTime(now(), endsAt)) return seen;
      await sleep(AGAIN_MS);
    }
  }

  async function checkOnce(
    credential: ApiCredential,
    secret: ManagedSecret,
    endsAt: number,
  ): Promise<{ seen: Seen; isDone: boolean }> {
    let seen: Seen = 'failed';
    try {
      const found = await checkKey.look(credential, secret, endsAt);
      // A dead key counts as one even if the workflow cannot be told of it: then the alarm is all that tells of it.
      if (found.kind === 'dead') seen = found.kind;
      await checkKey.act(credential, found);
      return { seen: found.kind, isDone: true };
    } catch (error) {
      log.error('A key in use cannot be checked', { credential, error });
      return { seen, isDone: false };
    }
  }
}

/** The values of a stream, one a call, until it ends or a condition no longer holds. */
function takeWhile<T>(stream: AsyncIterator<T>, condition: () => boolean): () => Promise<T | undefined> {
  return async () => {
    if (!condition()) return undefined;
    const next = await stream.next();
    return next.done ? undefined : next.value;
  };
}
