import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RotateResult } from '../src/rotation/rotate-command.ts';
import type { Durable } from '../src/workflow/durable.ts';
import { createIssueKey } from '../src/workflow/issue-key.ts';
import { metricsWith } from './support/deps.ts';
import { captureOutput } from './support/output.ts';
import { credential } from './support/rotations.ts';
import { startWorld, type World } from './support/workflow-world.ts';

const DAY_MS = 24 * 60 * 60_000;

let world: World;
let output: ReturnType<typeof captureOutput>;
beforeEach(async () => {
  world = await startWorld();
  output = captureOutput();
});
afterEach(async () => {
  output.release();
  await world.close();
});

/** A clock for executions that run at once: time passes when all of them wait, up to the first that need not wait longer. */
function sharedTime({ now, passTime }: World, executions: number) {
  let busy = executions;
  const waiting: { until: number; resume: () => void }[] = [];
  const pause = () => {
    busy -= 1;
    if (busy > 0) return;
    const next = waiting.sort((one, other) => one.until - other.until).shift();
    if (!next) return;
    busy += 1;
    passTime(Math.max(0, next.until - now()));
    next.resume();
  };
  return {
    end: pause,
    sleepUntil: (until: number) =>
      new Promise<void>((resume) => {
        waiting.push({ until, resume });
        pause();
      }),
  };
}

/** Has so many events ask for a key at once, and returns what each came to, and what the tries were refused for. */
async function askAtOnce(world: World, count: number, force: boolean) {
  const time = sharedTime(world, count);
  const refusals: Extract<RotateResult, { kind: 'refused' }>['refusal'][] = [];
  const waits: number[] = [];
  const sleepUntil = (until: number) => {
    waits.push(until);
    return time.sleepUntil(until);
  };
  const durable: Durable = {
    step: (_name, run) => run(),
    wait: (_name, ms) => sleepUntil(world.now() + ms),
    waitUntil: (_name, until) => sleepUntil(Date.parse(until)),
    invocationEndsAt: () => world.now() + 60_000,
  };
  const issueKey = createIssueKey({
    async rotate(command) {
      const result = await world.rotateOverHttp(command);
      if (result.kind === 'refused') refusals.push(result.refusal);
      return result;
    },
    newId: randomUUID,
    now: world.now,
    random: Math.random,
    metrics: metricsWith(),
  });
  const ask = async (eventId: string) => {
    const request = { reason: 'quarterly rotation', force };
    const result = await issueKey({ eventId, source: 'ops.keys', credential, request }, durable);
    time.end();
    return result.kind;
  };
  const events = Array.from({ length: count }, randomUUID);
  const kinds = await Promise.all(events.map(ask));
  return { events, kinds, refusals, waits };
}

describe('events for one API credential that come at once', () => {
  it('each lead to a rotation, 50 of them by force, and wait until different moments', async () => {
    const { events, kinds, refusals, waits } = await askAtOnce(world, 50, true);
    expect(kinds).toEqual(Array(50).fill('issued'));
    const rotations = await world.rotations();
    expect(rotations.map(({ requestId }) => requestId).sort()).toEqual(events.sort());
    expect(rotations.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['rotation-in-progress']));
    expect(new Set(waits).size).toBeGreaterThan(45);
  }, 120_000);

  it('each lead to a rotation without force too: an overlap uses up no try, however many days they take', async () => {
    const from = world.now();
    const { kinds, refusals } = await askAtOnce(world, 6, false);
    expect(kinds).toEqual(Array(6).fill('issued'));
    expect(world.now() - from).toBeGreaterThan(5 * DAY_MS);
    expect(refusals.map(({ code }) => code)).toContain('overlap-active');
    expect(world.adyen.credentials.generated()).toBe(6);
  });

  it('are refused for a reason that is true when it ends: the next try is not refused for the same one', async () => {
    const { refusals } = await askAtOnce(world, 2, false);
    expect(refusals.map(({ code }) => code)).toEqual(['rotation-in-progress', 'overlap-active']);
  });
});
