import { describe, expect, it } from 'vitest';
import { isDead, probeForDeath } from './dead-key.ts';
import type { ProbeResult } from './ports.ts';

type Kind = ProbeResult['kind'];

/** Probes a key whose results come in this order, the last one for ever. Says what came of it, and how often it probed. */
async function probed(...kinds: Kind[]) {
  const left = [...kinds];
  let probes = 0;
  const { kind } = await probeForDeath(async () => {
    probes += 1;
    if (probes > 20) throw new Error('it never ends');
    const next = left.length > 1 ? left.shift() : left[0];
    return { kind: next ?? 'unclear', seen: `probe ${probes}` };
  });
  return [kind, probes];
}

describe('a key in use', () => {
  it('is dead if Adyen says three times in a row that it is unauthorized', async () => {
    expect(await probed('unauthorized')).toEqual(['dead', 3]);
  });

  it('is not dead after a single 401', async () => {
    expect(await probed('unauthorized', 'works')).toEqual(['works', 2]);
  });

  it('is not dead after two 401s in a row', async () => {
    expect(await probed('unauthorized', 'unauthorized', 'works')).toEqual(['works', 3]);
  });

  it('is not dead because Adyen gives no clear answer', async () => {
    expect(await probed('unclear')).toEqual(['unclear', 5]);
  });

  it('is not dead after two 401s and an unclear answer', async () => {
    expect(await probed('unauthorized', 'unauthorized', 'unclear', 'works')).toEqual(['works', 4]);
  });

  it('is dead although unclear answers come between its three 401s', async () => {
    expect(await probed('unauthorized', 'unclear', 'unauthorized', 'unclear', 'unauthorized')).toEqual([
      'dead',
      5,
    ]);
  });

  it('is dead at once if it belongs to another API credential: it will not work again', async () => {
    expect(await probed('another-credential')).toEqual(['dead', 1]);
  });

  it('costs one probe if it works', async () => {
    expect(await probed('works')).toEqual(['works', 1]);
  });

  it('is left for another time after five unclear answers, also among 401s', async () => {
    expect(await probed('unclear', 'unauthorized', 'unclear', 'unauthorized', 'unclear')).toEqual([
      'unclear',
      7,
    ]);
  });

  it('is left for another time if there is no time for another probe', async () => {
    let probes = 0;
    const probe = async () => {
      probes += 1;
      return { kind: 'unauthorized', seen: 'GET /me answered 401' } as const;
    };
    const { kind } = await probeForDeath(probe, undefined, () => probes < 2);
    expect([kind, probes]).toEqual(['unclear', 2]);
  });

  it('is reported with what the last probe saw', async () => {
    const { seen } = await probeForDeath(async () => ({
      kind: 'unauthorized',
      seen: 'GET /me answered 401',
    }));
    expect(seen).toBe('GET /me answered 401');
  });

  it('is given time between two probes, and none after the last', async () => {
    let pauses = 0;
    const unauthorized = async () => ({ kind: 'unauthorized', seen: '401' }) as const;
    await probeForDeath(unauthorized, async () => {
      pauses += 1;
    });
    expect(pauses).toBe(2);
  });
});

describe('the results of a watch (newest first)', () => {
  const results = (...kinds: Kind[]) => kinds.map((kind) => ({ kind }));

  it('show no death if the key has worked among the last three clear answers', () => {
    expect(isDead(results('unauthorized', 'unauthorized', 'works', 'unauthorized'))).toBe(false);
  });

  it('show a death if the key worked before its last three clear answers', () => {
    expect(isDead(results('unauthorized', 'unclear', 'unauthorized', 'unauthorized', 'works'))).toBe(true);
  });

  it('show no death before there are three of them', () => {
    expect(isDead(results('unauthorized', 'unauthorized'))).toBe(false);
    expect(isDead([])).toBe(false);
  });
});
