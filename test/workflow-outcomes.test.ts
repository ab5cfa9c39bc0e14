import { RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FaultOrder } from '../src/local/adyen-simulator/faults.ts';
import type { RotateCommand } from '../src/rotation/rotate-command.ts';
import { eachInItsWorld } from './support/each-in-its-world.ts';
import { aStarted, credential, NOON } from './support/rotations.ts';
import { rotateApiKey, SECRET, type World } from './support/workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const inWorld = eachInItsWorld();
const { eventNames, current, codesOf, timelines } = inWorld;
let world: World;
beforeEach(() => {
  world = inWorld.world;
});

describe('an unknown outcome', () => {
  it('is followed by another attempt when a late call can no longer overtake it', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    const [lost, second] = await world.rotations();
    expect([lost?.status, second?.status]).toEqual(['unknown', 'succeeded']);
    expect(Date.parse(second?.requestedAt ?? '') - NOON).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    expect(eventNames()).toEqual(['ApiKeyRotationUnknown', 'ApiKeyRotated']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('over HTTP is taken up by the workflow: the app never reads the key that then ends', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    expect((await world.rotateOverHttp()).kind).toBe('failed');
    const result = await world.run(world.bus.events[0] ?? {});
    const [lost, second] = await world.rotations();
    expect(result.getResult()).toEqual({ outcome: 'works', rotationId: second?.id });
    expect(second?.reason).toBe(`the outcome of rotation ${lost?.id} is unknown`);
    world.passTime(24 * HOUR_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('of a rotation by Secrets Manager is taken up by the workflow, if Secrets Manager gives up', async () => {
    const client = new SecretsManagerClient({ endpoint: world.secretsManager.url });
    let tries = 0;
    world.secretsManager.rotateWith(async (step) => {
      tries += 1;
      if (tries === 1) world.adyen.faults.order({ kind: 'cut', when: 'after' });
      await world.rotateSecret(step);
    });
    await client.send(new RotateSecretCommand({ SecretId: SECRET }));
    // Its retries come at once here, and all of them are in the quarantine.
    await world.secretsManager.idle();
    client.destroy();
    expect([tries, await timelines()]).toEqual([5, ['started unknown']]);
    const result = await world.run(world.bus.events[0] ?? {});
    expect([result.getStatus(), eventNames()]).toEqual([
      'SUCCEEDED',
      ['ApiKeyRotationUnknown', 'ApiKeyRotated'],
    ]);
    world.passTime(24 * HOUR_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('of a function that died is taken up by the workflow, once the sweep has found it', async () => {
    await world.audit.insert(aStarted());
    world.passTime(2 * MINUTE_MS);
    expect(await world.sweep()).toMatchObject({ closed: 1 });
    expect(eventNames()).toEqual(['ApiKeyRotationUnknown']);
    const result = await world.run(world.bus.events[0] ?? {});
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(await timelines()).toEqual(['started unknown', 'started succeeded verified promoted']);
  });

  it('over HTTP is left alone if a later rotation has made a key', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    await world.rotateOverHttp();
    expect((await world.run(world.bus.events[0] ?? {})).getResult()).toMatchObject({ outcome: 'superseded' });
    expect(world.adyen.received).toHaveLength(2);
  });

  it('over HTTP is left alone if a later rotation has made a key, and one after that has failed', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    await world.rotateOverHttp();
    world.adyen.faults.order({ kind: 'respond', status: 422 });
    expect(await world.rotateOverHttp({ request: { force: true } })).toMatchObject({ kind: 'failed' });
    expect((await world.run(world.bus.events[0] ?? {})).getResult()).toMatchObject({ outcome: 'superseded' });
    expect(world.adyen.received).toHaveLength(3);
  });

  it('that was never followed is raised again by the sweep', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(2 * HOUR_MS + 2 * MINUTE_MS);
    expect(await world.sweep()).toMatchObject({ raised: 1 });
    expect(eventNames()).toEqual(['ApiKeyRotationUnknown', 'ApiKeyRotationUnknown']);
    await world.run(world.bus.events[1] ?? {});
    world.passTime(3 * HOUR_MS);
    await world.sweep();
    expect(eventNames().filter((name) => name === 'ApiKeyRotationUnknown')).toHaveLength(2);
  });

  it('whose call is processed up to 15 minutes late does not displace the next key', async () => {
    world.adyen.faults.order({ kind: 'late', ms: 15 * MINUTE_MS });
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(await timelines()).toEqual(['started unknown', 'started succeeded verified promoted']);
    expect(world.adyen.credentials.generated()).toBe(2);
    world.passTime(24 * HOUR_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('over HTTP whose call is processed late ends the next key: that one is replaced before it dies', async () => {
    world.adyen.faults.order({ kind: 'late', ms: 10 * MINUTE_MS });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    const second = await world.rotateOverHttp();
    const [, next] = await world.rotations();
    expect(next).toMatchObject({ key: { mayEndAt: '2026-11-24T12:03:00.000Z' } });
    const result = await world.run(world.bus.events.at(-1) ?? {});
    const [, , renewed] = await world.rotations();
    expect([second.kind, result.getResult()?.rotationId]).toEqual(['issued', renewed?.id]);
    expect(Date.parse(renewed?.timeline.at(-1)?.at ?? '')).toBeLessThan(
      Date.parse('2026-11-24T12:03:00.000Z'),
    );
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is reckoned with by what follows: a stalled key is replaced before the first call ends the key in use', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(10 * HOUR_MS);
    await world.rotateOverHttp();
    // About nine hours of probes.
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 110 });
    const result = await world.run(world.bus.events.at(-1) ?? {});
    expect(result.getStatus()).toBe('SUCCEEDED');
    const stalled = world.bus.events.find((event) => event['detail-type'] === 'ApiKeyRotationStalled');
    expect(stalled).toMatchObject({ detail: { previousKeyExpiresAt: '2026-11-24T12:00:00.000Z' } });
    const replacement = (await world.rotations()).at(-1);
    const promotedAt = replacement?.timeline.find(({ event }) => event === 'promoted')?.at ?? '';
    expect(Date.parse(promotedAt)).toBeLessThan(Date.parse('2026-11-24T12:00:00.000Z'));
    expect([current()?.id, await world.currentKeyWorks()]).toEqual([replacement?.id, true]);
  });
});

describe('the end of the key in use', () => {
  const expiryOf = async (command?: Partial<RotateCommand>) => {
    const result = await world.rotateOverHttp(command);
    return result.kind === 'issued' && result.rotation.key?.previousKeyExpiresAt;
  };

  it.each<[string, FaultOrder]>([
    ['without an answer', { kind: 'cut', when: 'after' }],
    ['with a server error', { kind: 'respond', status: 500 }],
    ['with a 204', { kind: 'respond', status: 204, processed: true }],
    ['whose answer is no key', { kind: 'respond', status: 200, body: '{}' }],
  ])('counts from the first call that may have generated a key: one %s', async (_what, fault) => {
    world.adyen.faults.order(fault);
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    expect(await expiryOf()).toBe('2026-11-24T12:00:00.000Z');
  });

  it('counts from the first of several such calls', async () => {
    for (let call = 1; call <= 3; call += 1) {
      world.adyen.faults.order({ kind: 'cut', when: 'after' });
      await world.rotateOverHttp();
      world.passTime(3 * MINUTE_MS);
    }
    expect(await expiryOf()).toBe('2026-11-24T12:00:00.000Z');
  });

  it('counts from the start of a rotation whose function died', async () => {
    await world.audit.insert(aStarted());
    world.passTime(3 * MINUTE_MS);
    expect(await expiryOf()).toBe('2026-11-24T12:00:00.000Z');
  });

  it('counts from the first key that never became current', async () => {
    await world.rotateOverHttp();
    world.passTime(2 * HOUR_MS);
    expect(await expiryOf({ request: { force: true } })).toBe('2026-11-24T12:00:00.000Z');
  });

  it('does not count from a call that Adyen rejected', async () => {
    world.adyen.faults.order({ kind: 'respond', status: 422 });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    expect(await expiryOf()).toBe('2026-11-24T12:03:00.000Z');
  });

  it('counts from the next call once another key is current', async () => {
    await world.rotateOverHttp();
    await world.run(world.bus.events[0] ?? {});
    const requestedAt = world.now();
    expect(await expiryOf()).toBe(new Date(requestedAt + 24 * HOUR_MS).toISOString());
  });
});

describe('a key in use that is dead', () => {
  const isDead = (event: Record<string, unknown>) => event['detail-type'] === 'ApiKeyDead';
  const dead = () => ({
    'detail-type': 'ApiKeyDead',
    source: 'keyturn',
    id: 'check-1',
    detail: { credential, versionId: current()?.id, seen: 'GET /me answered 401' },
  });

  it('is replaced at once, by force, and an event tells of it when the new one works', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    expect(await world.currentKeyWorks()).toBe(false);
    const from = world.now();
    const result = await world.run(dead());
    const [healing] = await world.rotations();
    expect(result.getResult()).toMatchObject({ outcome: 'works', rotationId: healing?.id });
    expect(await timelines()).toEqual(['started succeeded promoted verified healed']);
    expect(eventNames()).toEqual(['ApiKeyRotated', 'ApiKeyHealed']);
    const healedAt = healing?.timeline.find(({ event }) => event === 'healed')?.at ?? '';
    expect(Date.parse(healedAt) - from).toBeLessThan(15 * MINUTE_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is measured from the moment at which it was seen dead to the one at which its successor worked', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    const from = world.now();
    await world.run({ ...dead(), time: new Date(from).toISOString() });
    const [healing] = await world.rotations();
    const healedAt = healing?.timeline.find(({ event }) => event === 'healed')?.at ?? '';
    const measured = inWorld.output
      .lines()
      .flatMap((line) => ('OutageTime' in line ? [line.OutageTime] : []));
    expect(measured).toEqual([expect.closeTo((Date.parse(healedAt) - from) / 1000, 0)]);
  });

  it('is replaced by force in the overlap with the previous key too', async () => {
    await world.rotateBySecretsManager();
    const from = world.now();
    await world.run(dead());
    const healing = (await world.rotations()).at(-1);
    expect(healing).toMatchObject({ number: 2, force: true });
    expect(Date.parse(healing?.requestedAt ?? '') - from).toBeLessThan(MINUTE_MS);
    expect((await timelines()).at(-1)).toBe('started succeeded promoted verified healed');
  });

  it('is replaced once, although two checks report it', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    const event = dead();
    await Promise.all([world.run(event), world.run({ ...event, id: 'check-2' })]);
    expect((await world.rotations()).length).toBe(1);
  });

  it('is replaced by a pending key that works, without another one', async () => {
    await world.rotateOverHttp();
    world.generateOutside();
    world.passTime(23 * HOUR_MS + 59 * MINUTE_MS + 30_000);
    const [first] = await world.rotations();
    world.passTime(MINUTE_MS);
    expect(await world.currentKeyWorks()).toBe(false);
    await world.run(dead());
    expect(current()?.id).not.toBe(undefined);
    expect((await timelines())[0]).toContain('promoted');
    expect(first?.status).toBe('succeeded');
  });

  it('is replaced by a pending key that was not seen working, as a last resort, and that is counted', async () => {
    await world.rotateOverHttp();
    world.passTime(24 * HOUR_MS + MINUTE_MS);
    expect(await world.currentKeyWorks()).toBe(false);
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401 });
    await world.run(dead());
    expect(await timelines()).toEqual(['started succeeded promoted verified healed']);
    expect(eventNames()).toEqual(['ApiKeyIssued', 'ApiKeyRotated', 'ApiKeyHealed']);
    // An alarm watches this outcome.
    expect(codesOf('IssuedKeys')).toContain('promoted-unproven');
    expect([world.adyen.credentials.generated(), await world.currentKeyWorks()]).toEqual([1, true]);
  });

  it('is found by the check, once its API credential has had a rotation, and replaced', async () => {
    await world.run(rotateApiKey());
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    expect(await world.checkKeys()).toMatchObject({ seen: { dead: 1 } });
    expect(world.bus.events.at(-1)).toMatchObject({ 'detail-type': 'ApiKeyDead' });
    const result = await world.run(world.bus.events.at(-1) ?? {});
    expect(result.getResult()).toMatchObject({ outcome: 'works', rotationId: current()?.id });
    expect((await timelines()).at(-1)).toBe('started succeeded promoted verified healed');
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is replaced by an ordinary rotation by an event too, which tells of it', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    await world.run(rotateApiKey());
    expect(await timelines()).toEqual(['started succeeded verified promoted healed']);
    expect(eventNames()).toEqual(['ApiKeyRotated', 'ApiKeyHealed']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is replaced by a rotation of Secrets Manager too, which tells of it', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    await world.rotateBySecretsManager();
    expect(await timelines()).toEqual(['started succeeded verified promoted healed']);
    expect(eventNames()).toEqual(['ApiKeyRotated', 'ApiKeyHealed']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is not told of by a rotation that replaces a key which works', async () => {
    await world.rotateBySecretsManager();
    await world.run(rotateApiKey({ force: true }));
    expect(eventNames()).toEqual(['ApiKeyRotated', 'ApiKeyRotated']);
  });

  it('is replaced once, although the new key propagates slowly and a check finds that one dead too', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    const first = dead();
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 100 });
    let second: Promise<unknown[]> | undefined;
    const checkAndHeal = async () => {
      const { seen } = await world.checkKeys();
      const result = await world.run(world.bus.events.findLast(isDead) ?? {});
      return [seen, result.getResult()];
    };
    await world.run(first, (call) => {
      if (call !== 'adyen GET' || current()?.id === first.detail.versionId) return 'live';
      // The app reads the new key, which does not work yet. The first heal goes on after the second.
      second ??= checkAndHeal();
      return second.then(() => 'live' as const);
    });
    const [healing] = await world.rotations();
    expect(await second).toEqual([{ dead: 1 }, { outcome: 'superseded', heals: healing?.id }]);
    expect(await timelines()).toEqual(['started succeeded promoted verified healed']);
    expect(codesOf('FailedWorkflows')).toEqual([]);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  describe('whose heal Adyen has rejected for an hour', () => {
    beforeEach(async () => {
      world.generateOutside();
      world.passTime(25 * HOUR_MS);
      world.adyen.faults.order({ kind: 'respond', status: 403, times: 7 });
      const result = await world.run(dead());
      expect(result.getError().errorMessage).toBe('no key was issued: upstream-forbidden');
    });

    /** The next check that finds the key dead, and the execution that it starts. */
    const checkAndHeal = async () => {
      world.passTime(2 * HOUR_MS);
      expect(await world.checkKeys()).toMatchObject({ seen: { dead: 1 } });
      return world.run(world.bus.events.findLast(isDead) ?? {});
    };

    it('is healed after a later check, without a person', async () => {
      expect((await checkAndHeal()).getResult()).toMatchObject({ outcome: 'works' });
      expect((await timelines()).at(-1)).toBe('started succeeded promoted verified healed');
      expect(await world.currentKeyWorks()).toBe(true);
    });

    it('is healed after a later check, although another rotation has failed meanwhile', async () => {
      world.adyen.faults.order({ kind: 'respond', status: 422 });
      expect(await world.rotateOverHttp()).toMatchObject({ kind: 'failed' });
      expect((await checkAndHeal()).getResult()).toMatchObject({ outcome: 'works' });
      expect(await world.currentKeyWorks()).toBe(true);
    });

    it('ends in a dead letter each time that Adyen rejects it again', async () => {
      world.adyen.faults.order({ kind: 'respond', status: 403, times: 7 });
      expect((await checkAndHeal()).getError().errorMessage).toBe('no key was issued: upstream-forbidden');
    });
  });

  it('is not healed twice within 24 hours: that is for a person, with an alarm', async () => {
    world.generateOutside();
    world.passTime(25 * HOUR_MS);
    await world.run(dead(), () => 'live').catch(() => {});
    const [healing] = await world.rotations();
    // Somebody replaces the healed key too; the clock is set back to the hour of the heal.
    world.generateOutside();
    world.passTime(Date.parse(healing?.requestedAt ?? '') + 23 * HOUR_MS - world.now());
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 3 });
    const result = await world.run(dead());
    expect([result.getStatus(), result.getError().errorMessage]).toEqual([
      'FAILED',
      'the key in use is dead, and was healed within the last 24 hours',
    ]);
    expect(codesOf('FailedWorkflows')).toEqual(['displaced']);
    expect(inWorld.output.lines()).toContainEqual(
      expect.objectContaining({
        message: 'The workflow has not led to a key in use',
        code: 'displaced',
        error: expect.objectContaining({
          message: expect.stringContaining('healed within the last 24 hours'),
        }),
      }),
    );
  });
});

describe('a key that was stored before its function was killed', () => {
  it('is not lost: the sweep closes its rotation, and the workflow promotes it', async () => {
    const gone = await world.rotateOverHttp();
    // As if the function had been killed before it could close the record.
    const [closed] = await world.rotations();
    if (gone.kind !== 'issued' || closed?.status !== 'succeeded') throw new Error('no key was issued');
    await world.reopen(closed);
    world.passTime(2 * MINUTE_MS);
    expect(await world.sweep()).toMatchObject({ closed: 1 });
    expect(await timelines()).toEqual(['started succeeded']);
    await world.run(world.bus.events.at(-1) ?? {});
    expect([current()?.id, await world.currentKeyWorks()]).toEqual([gone.rotation.id, true]);
  });
});
