import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logTo, metricsWith } from '../../test/support/deps.ts';
import { credential as first } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import type { ApiCredential } from './api-credential.ts';
import { createCheckKeys, type Window, windowsAt } from './check-keys.ts';
import type { CurrentKey, Metrics, Probe } from './ports.ts';

const HOUR_MS = 60 * 60_000;
const ALL: readonly Window[] = [{ from: 0, to: 1 }];
const NEVER = Number.POSITIVE_INFINITY;

const isIn = (windows: readonly Window[], place: number) =>
  windows.some(({ from, to }) => from <= place && place < to);
const sizeOf = (windows: readonly Window[]) => windows.reduce((sum, { from, to }) => sum + to - from, 0);

const credentialsOf = (count: number) =>
  Array.from({ length: count }, (_, index): ApiCredential => ({ ...first, apiCredentialId: `S2-${index}` }));

async function unused(): Promise<never> {
  throw new Error('a check does not use this');
}

/** The check of these keys, of which each works unless `probe` says otherwise, and what it logged and counted. Its clock starts at 0. */
function checkOf(
  credentials: readonly ApiCredential[],
  readCurrent: (credential: ApiCredential) => Promise<CurrentKey>,
  probe: Probe = async () => ({ kind: 'works', seen: 'GET /me answered 200' }),
) {
  let time = 0;
  const logged: string[] = [];
  const counted: Parameters<Metrics['countCheckedKey']>[] = [];
  const checkKeys = createCheckKeys({
    async *findByPlace() {
      yield* credentials;
    },
    managedSecretOf: (credential) => ({
      id: 'secret',
      readCurrent: () => readCurrent(credential),
      store: unused,
      read: unused,
      promote: unused,
      discard: unused,
      describe: unused,
    }),
    probe,
    reportDeadKey: unused,
    noteRollback: async () => {},
    now: () => time,
    async sleep(ms) {
      time += ms;
    },
    log: logTo((message) => logged.push(message)),
    metrics: metricsWith({ countCheckedKey: (...count) => counted.push(count) }),
  });
  return { checkKeys, logged, counted, now: () => time };
}

describe('the checks of one interval', () => {
  /** Whole milliseconds, as clocks and schedules give them. */
  const schedule = fc.record({
    at: fc.integer({ min: 0, max: 2 ** 42 }),
    periodMs: fc.integer({ min: 1, max: 2 * HOUR_MS }),
    intervalMs: fc.integer({ min: 1, max: 48 * HOUR_MS }),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it('cover each place exactly once, if the runs divide the interval', () => {
    const runs = fc.integer({ min: 1, max: 120 });
    fc.assert(
      fc.property(schedule, runs, ({ at, periodMs, place }, count) => {
        const covered = Array.from({ length: count }, (_, run) =>
          windowsAt(at + run * periodMs, periodMs, count * periodMs),
        ).filter((windows) => isIn(windows, place));
        expect(covered).toHaveLength(1);
      }),
    );
  });

  it('leave no gap to those of the next run, and no place to both', () => {
    fc.assert(
      fc.property(schedule, ({ at, periodMs, intervalMs }) => {
        fc.pre(periodMs < intervalMs);
        const end = windowsAt(at, periodMs, intervalMs).at(-1)?.to ?? 0;
        const [next] = windowsAt(at + periodMs, periodMs, intervalMs);
        expect(end === 1 ? 0 : end).toBe(next?.from);
      }),
      { numRuns: 10_000 },
    );
  });

  it('come back to a place after an interval, give or take one run, whatever the period', () => {
    fc.assert(
      fc.property(schedule, ({ at, periodMs, place }) => {
        // A few runs an interval, and a period that does not divide it.
        for (const intervalMs of [periodMs * 2 + 1, Math.ceil(periodMs * 3.7)]) {
          const times = Array.from({ length: 40 }, (_, run) => at + run * periodMs).filter((time) =>
            isIn(windowsAt(time, periodMs, intervalMs), place),
          );
          for (const [index, time] of times.entries()) {
            const gap = (times[index + 1] ?? time + intervalMs) - time;
            expect(Math.abs(gap - intervalMs)).toBeLessThanOrEqual(periodMs);
          }
          expect(times.length).toBeGreaterThan(1);
        }
      }),
    );
  });

  it('are spread evenly: each run covers the same part', () => {
    fc.assert(
      fc.property(schedule, ({ at, periodMs, intervalMs }) => {
        const part = Math.min(1, periodMs / intervalMs);
        expect(sizeOf(windowsAt(at, periodMs, intervalMs))).toBeCloseTo(part, 9);
      }),
    );
  });
});

describe('one run of the check', () => {
  it('is not stopped by an error with one key, which is counted and logged', async () => {
    const { checkKeys, logged, counted } = checkOf(credentialsOf(20), async ({ apiCredentialId }) => {
      if (apiCredentialId === 'S2-7') throw new Error('access denied');
      return { versionId: 'current', apiKey: new Secret('the key') };
    });
    expect(await checkKeys(ALL, NEVER)).toMatchObject({ seen: { works: 19, failed: 1 } });
    expect(new Set(logged)).toEqual(new Set(['A key in use cannot be checked']));
    expect(counted.sort()).toEqual([
      ['failed', 1],
      ['works', 19],
    ]);
  });

  it('counts a dead key as dead, for the alarm, although the bus takes no event about it', async () => {
    const { checkKeys, logged, counted } = checkOf(
      credentialsOf(1),
      async () => ({ versionId: 'current', apiKey: new Secret('the key') }),
      async () => ({ kind: 'unauthorized', seen: 'GET /me answered 401' }),
    );
    await checkKeys(ALL, NEVER);
    expect(counted).toEqual([['dead', 1]]);
    // It was tried three times in all to tell the workflow.
    expect(logged.filter((message) => message === 'A key in use cannot be checked')).toHaveLength(3);
  });

  it('tries a failing check three times in all', async () => {
    let reads = 0;
    const { checkKeys } = checkOf(credentialsOf(1), async () => {
      reads += 1;
      throw new Error('Secrets Manager is down');
    });
    await checkKeys(ALL, NEVER);
    expect(reads).toBe(3);
  });

  it('tries no check again for which the time is too short', async () => {
    const { checkKeys, now } = checkOf(credentialsOf(1), async () => {
      throw new Error('Secrets Manager is down');
    });
    // 20 s are kept back, and the pause before another try takes 5 s.
    await checkKeys(ALL, 21_000);
    expect(now()).toBe(5_000);
  });
});
