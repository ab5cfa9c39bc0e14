import { beforeEach, describe, expect, it } from 'vitest';
import { eachInItsWorld } from './support/each-in-its-world.ts';
import { credential, NOON } from './support/rotations.ts';
import { rotateApiKey, type World } from './support/workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const inWorld = eachInItsWorld();
const { eventNames, current, codesOf, timelines } = inWorld;
let world: World;
beforeEach(() => {
  world = inWorld.world;
});

describe('a key', () => {
  it('that is not seen working in the hour stalls, and is promoted late when it works', async () => {
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 30 });
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(await timelines()).toEqual(['started succeeded stalled verified promoted']);
    expect(eventNames()).toEqual(['ApiKeyRotationStalled', 'ApiKeyRotated']);
    expect(codesOf('IssuedKeys')).toEqual(['stalled', 'verified', 'promoted']);
    const stalledAt = Date.parse((await world.rotations())[0]?.timeline[2]?.at ?? '');
    expect(stalledAt - NOON).toBeGreaterThan(HOUR_MS);
    expect(stalledAt - NOON).toBeLessThan(4 * HOUR_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('that still does not work is replaced while there is time, and the app never reads a dead key', async () => {
    // Only the first key is refused: about 19 hours of probes.
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 240 });
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    const [stalled, replacement] = await world.rotations();
    expect(replacement?.reason).toBe(`the key of rotation ${stalled?.id} was never seen working`);
    const promotedAt = replacement?.timeline.find(({ event }) => event === 'promoted')?.at ?? '';
    expect(Date.parse(promotedAt) - NOON).toBeLessThan(24 * HOUR_MS);
    expect(current()?.id).toBe(replacement?.id);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('that an edge in front of Adyen rejects with 403 does not count as working', async () => {
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 403, body: '<html>', times: 30 });
    await world.run(rotateApiKey());
    expect(await timelines()).toEqual(['started succeeded stalled verified promoted']);
  });

  it('that was promoted is not recorded as stalled by a later execution', async () => {
    const issued = await world.rotateOverHttp();
    const [event = {}] = world.bus.events;
    await world.run(event);
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 2 });
    await world.run(event);
    expect((await timelines())[0]).not.toContain('stalled');
    expect(current()?.id).toBe(issued.kind === 'issued' && issued.rotation.id);
  });

  it('that Adyen does not return with its 204 is followed by another one', async () => {
    world.adyen.faults.order({ kind: 'respond', status: 204, processed: true });
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(eventNames()).toEqual(['ApiKeyRotationFailed', 'ApiKeyRotated']);
    world.passTime(24 * HOUR_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('that belongs to another API credential is not promoted', async () => {
    const body = '{"id":"S2-SOMEBODY-ELSE","username":"ws"}';
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 200, body, times: 30 });
    await world.run(rotateApiKey());
    expect(await timelines()).toEqual(['started succeeded stalled verified promoted']);
  });

  it('is probed again while Adyen does not say whether it works', async () => {
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 503, times: 3 });
    world.adyen.faults.order({ kind: 'cut', operation: 'me', when: 'before' });
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
  });

  it('that could not be stored is lost, and another key is made after the quarantine', async () => {
    let isFirst = true;
    const result = await world.run(rotateApiKey(), (call) => {
      if (call === 'PutSecretValue' && isFirst) world.secretsManager.setOutage(true);
      if (call === 'UpdateItem') {
        world.secretsManager.setOutage(false);
        isFirst = false;
      }
      return 'live';
    });
    expect(result.getStatus()).toBe('SUCCEEDED');
    const [lost] = await world.rotations();
    expect(lost).toMatchObject({ status: 'unknown', code: 'key-undelivered' });
    expect(codesOf('IssuedKeys')).toEqual(['not-stored', 'verified', 'promoted']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is not made if the managed secret does not exist', async () => {
    const apiCredentialId = 'S2-MANAGED-1';
    const result = await world.run(rotateApiKey({ apiCredentialId }));
    expect([result.getStatus(), result.getError().errorMessage]).toEqual([
      'FAILED',
      expect.stringContaining('cannot be described (ResourceNotFoundException)'),
    ]);
    expect(world.adyen.received).toEqual([]);
    expect(await world.audit.newest({ ...credential, apiCredentialId })).toBeUndefined();
  });

  it('that was issued over HTTP is resumed by its event, and promoted', async () => {
    const issued = await world.rotateOverHttp();
    expect(eventNames()).toEqual(['ApiKeyIssued']);
    const [event = {}] = world.bus.events;
    const result = await world.run(event);
    const rotationId = issued.kind === 'issued' && issued.rotation.id;
    expect(result.getResult()).toEqual({ outcome: 'works', rotationId });
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
    expect(current()?.id).toBe(rotationId);
  });

  it('that Secrets Manager has rotated is probed when the previous key is gone, and healed', async () => {
    await world.rotateBySecretsManager();
    world.generateOutside();
    const [rotated = {}] = world.bus.events;
    const [first] = await world.rotations();
    expect((await world.run(rotated)).getResult()).toMatchObject({ outcome: 'works', heals: first?.id });
    expect(await timelines()).toEqual([
      'started succeeded verified promoted displaced',
      'started succeeded promoted verified healed',
    ]);
    const [{ timeline: displaced } = { timeline: [] }, { timeline: healed } = { timeline: [] }] =
      await world.rotations();
    const outage = Date.parse(healed.at(-1)?.at ?? '') - Date.parse(displaced.at(-1)?.at ?? '');
    const measured = inWorld.output
      .lines()
      .flatMap((line) => ('OutageTime' in line ? [line.OutageTime] : []));
    expect(measured).toEqual([expect.closeTo(outage / 1000, 0)]);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('that Secrets Manager has promoted is not measured as a promotion by its event', async () => {
    await world.rotateBySecretsManager();
    const [rotated = {}] = world.bus.events;
    const time = new Date(world.now()).toISOString();
    expect((await world.run({ ...rotated, time })).getResult()).toMatchObject({ outcome: 'works' });
    expect(inWorld.output.lines().filter((line) => 'PromotionTime' in line)).toEqual([]);
  });

  it('is superseded if another key was issued by force before its promotion', async () => {
    await world.rotateOverHttp();
    const second = await world.rotateOverHttp({ request: { force: true } });
    const [first = {}, other = {}] = world.bus.events;
    expect((await world.run(first)).getResult()).toMatchObject({ outcome: 'superseded' });
    expect((await world.run(other)).getResult()).toMatchObject({ outcome: 'works' });
    expect(await timelines()).toEqual([
      'started succeeded superseded',
      'started succeeded verified promoted',
    ]);
    expect(current()?.id).toBe(second.kind === 'issued' && second.rotation.id);
  });

  it('whose place a newer key has taken is not promoted, though the outcome of a later rotation is unknown', async () => {
    await world.rotateOverHttp();
    world.passTime(MINUTE_MS);
    const second = await world.rotateOverHttp({ request: { force: true } });
    const [first = {}, other = {}] = world.bus.events;
    world.passTime(MINUTE_MS);
    world.adyen.faults.order({ kind: 'cut', when: 'before' });
    await world.rotateOverHttp({ request: { force: true } });
    await world.run(other);
    expect(current()?.id).toBe(second.kind === 'issued' && second.rotation.id);
    expect((await world.run(first)).getResult()).toMatchObject({ outcome: 'superseded' });
    expect(await timelines()).toEqual([
      'started succeeded superseded',
      'started succeeded verified promoted',
      'started unknown',
    ]);
    expect(current()?.id).toBe(second.kind === 'issued' && second.rotation.id);
  });
});

describe('a key that was issued and never promoted', () => {
  it('is announced again by the sweep once its workflow must have ended, until it is promoted', async () => {
    await world.rotateOverHttp();
    expect(await world.sweep()).toMatchObject({ raised: 0 });
    world.passTime(82 * MINUTE_MS);
    expect(await world.sweep()).toMatchObject({ raised: 1 });
    expect(eventNames()).toEqual(['ApiKeyIssued', 'ApiKeyIssued']);
    expect(await world.sweep()).toMatchObject({ raised: 0 });
    await world.run(world.bus.events[1] ?? {});
    world.passTime(10 * HOUR_MS);
    expect(await world.sweep()).toMatchObject({ raised: 0 });
    expect(eventNames()).toEqual(['ApiKeyIssued', 'ApiKeyIssued', 'ApiKeyRotated']);
  });

  it('is recorded as stalled after four hours', async () => {
    await world.rotateOverHttp();
    world.passTime(4 * HOUR_MS);
    expect(await world.sweep()).toMatchObject({ raised: 1 });
    expect(eventNames()).toEqual(['ApiKeyIssued', 'ApiKeyRotationStalled']);
    expect(await timelines()).toEqual(['started succeeded stalled']);
  });
});
