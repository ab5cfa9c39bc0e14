import { describe, expect, it } from 'vitest';
import { logTo, metricsWith } from '../../test/support/deps.ts';
import { credential as first, NOON } from '../../test/support/rotations.ts';
import type { ApiCredential } from './api-credential.ts';
import { createCountKeyStates } from './count-key-states.ts';
import type { KeyStateName } from './key-state-names.ts';

const ALL = [{ from: 0, to: 1 }];

/** The count of keys in these states; each read takes a second. An error is thrown in place of a state. */
async function count(all: (KeyStateName | Error | undefined)[], timeMs = Number.POSITIVE_INFINITY) {
  let time = NOON;
  const counted: [string, number][] = [];
  const logged: string[] = [];
  const countKeyStates = createCountKeyStates({
    async *findByPlace() {
      yield* all.map((_, index): ApiCredential => ({ ...first, apiCredentialId: String(index) }));
    },
    states: {
      async readSummary(credential) {
        time += 1_000;
        const state = all[Number(credential.apiCredentialId)];
        if (state instanceof Error) throw state;
        return state && { credential, state };
      },
    },
    now: () => time,
    log: logTo((message) => logged.push(message)),
    metrics: metricsWith({ countKeyStates: (...one) => counted.push(one) }),
  });
  return { result: await countKeyStates(ALL, NOON + timeMs), counted, logged };
}

describe('the count of the states of all keys', () => {
  it('has the number of keys in each state, in one value for a state', async () => {
    const { result, counted } = await count(['ok', 'dead', 'ok', undefined]);
    expect(counted).toEqual([
      ['ok', 2],
      ['dead', 1],
    ]);
    expect(result).toEqual({ states: { ok: 2, dead: 1 }, failed: 0, isPartial: false });
  });

  it('goes on if the state of a key cannot be read', async () => {
    const { result, logged } = await count([new Error('down'), 'ok']);
    expect(result).toEqual({ states: { ok: 1 }, failed: 1, isPartial: false });
    expect(logged).toEqual(['The state of a key cannot be read']);
  });

  it('ends when its time is over, and says so', async () => {
    const { result } = await count(Array<KeyStateName>(30).fill('ok'), 5_000);
    expect(result).toEqual({ states: { ok: 8 }, failed: 0, isPartial: true });
  });
});
