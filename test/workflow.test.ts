import { beforeEach, describe, expect, it } from 'vitest';
import { eachInItsWorld } from './support/each-in-its-world.ts';
import { NOON } from './support/rotations.ts';
import { rotateApiKey, SECRET, type World } from './support/workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const inWorld = eachInItsWorld();
const { eventNames, current, codesOf, timelines } = inWorld;
let world: World;
beforeEach(() => {
  world = inWorld.world;
});

describe('a RotateApiKey event', () => {
  it('leads to a new key that was seen working and is current in the secret that the app reads', async () => {
    const before = current();
    const result = await world.run(rotateApiKey());
    const [rotation] = await world.rotations();
    expect(result.getResult()).toEqual({ outcome: 'works', rotationId: rotation?.id });
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
    expect(world.secretsManager.staged(SECRET)).toMatchObject({
      AWSCURRENT: { id: rotation?.id },
      AWSPREVIOUS: before,
    });
    expect(eventNames()).toEqual(['ApiKeyRotated']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('leads to a promotion only after the propagation, and ends after the previous key is gone', async () => {
    await world.run(rotateApiKey());
    const [rotation] = await world.rotations();
    const promoted = rotation?.timeline.at(-1);
    expect(Date.parse(promoted?.at ?? '') - NOON).toBeGreaterThanOrEqual(5 * MINUTE_MS);
    expect(world.now() - NOON).toBeGreaterThanOrEqual(24 * HOUR_MS + MINUTE_MS);
  });

  it('is measured from the moment at which it was raised to the promotion, once', async () => {
    await world.run(rotateApiKey({}, { time: new Date(NOON - 2 * HOUR_MS).toISOString() }));
    const promotedAt = Date.parse((await world.rotations())[0]?.timeline.at(-1)?.at ?? '');
    const measured = inWorld.output
      .lines()
      .flatMap((line) => ('PromotionTime' in line ? [line.PromotionTime] : []));
    expect(measured).toEqual([expect.closeTo((promotedAt - NOON) / 1000 + 7_200, 0)]);
  });

  it('leads to one rotation, although it arrives again while its workflow waits', async () => {
    const event = rotateApiKey();
    const again: Promise<unknown>[] = [];
    const first = await world.run(event, (call) => {
      if (call === 'UpdateSecretVersionStage' && again.length === 0) {
        again.push(world.run(event).then((result) => result.getResult()));
      }
      return 'live';
    });
    const [rotation] = await world.rotations();
    expect(first.getResult()).toEqual({ outcome: 'works', rotationId: rotation?.id });
    expect(await again[0]).toEqual({ outcome: 'duplicate', rotationId: rotation?.id });
    expect([world.adyen.credentials.generated(), eventNames()]).toEqual([1, ['ApiKeyRotated']]);
  });

  it('leads to one rotation, although it arrives twice at once', async () => {
    const event = rotateApiKey();
    const results = await Promise.all([world.run(event), world.run(event)]);
    const outcomes = results.map((result) => result.getResult()?.outcome).sort();
    expect(outcomes).toEqual(['duplicate', 'works']);
    expect([world.adyen.credentials.generated(), eventNames()]).toEqual([1, ['ApiKeyRotated']]);
  });

  it('leads to one rotation in a campaign, although its events have ids of their own', async () => {
    const campaign = { campaign: '2026-q4' };
    const results = await Promise.all([world.run(rotateApiKey(campaign)), world.run(rotateApiKey(campaign))]);
    const outcomes = results.map((result) => result.getResult()?.outcome).sort();
    expect(outcomes).toEqual(['duplicate', 'works']);
    expect(world.adyen.credentials.generated()).toBe(1);
  });

  it('waits for the end of the overlap with another key, and then rotates', async () => {
    const first = await world.rotateOverHttp();
    await world.run(world.bus.events[0] ?? {});
    const promotedAt = world.now();
    await world.rotateOverHttp({ request: { force: true } });
    await world.run(world.bus.events.at(-1) ?? {});
    const result = await world.run(rotateApiKey());
    expect([first.kind, result.getStatus(), codesOf('FailedWorkflows')]).toEqual(['issued', 'SUCCEEDED', []]);
    expect(world.now() - promotedAt).toBeGreaterThan(24 * HOUR_MS);
    expect(world.adyen.credentials.generated()).toBe(3);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('waits for a running rotation and for the overlap after it, and uses up no try', async () => {
    const results = await Promise.all([world.run(rotateApiKey()), world.run(rotateApiKey())]);
    expect(results.map((result) => result.getStatus())).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(codesOf('FailedWorkflows')).toEqual([]);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('ends the overlap by force', async () => {
    await world.rotateOverHttp();
    const result = await world.run(rotateApiKey({ force: true }));
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(await world.currentKeyWorks()).toBe(true);
  });
});

describe('an event is refused, audited and counted', () => {
  const refused = async (event: object) => {
    const before = current();
    const result = await world.run(event);
    expect(result.getStatus()).toBe('FAILED');
    expect([world.adyen.received.length, current()]).toEqual([0, before]);
    return result.getError().errorMessage;
  };

  it('without a managed secret', async () => {
    const other = { accountId: 'ACME_DE', apiCredentialId: 'S2-7B1C9D3E5F60' };
    expect(await refused(rotateApiKey(other))).toContain('no managed secret');
    expect(codesOf('RefusedEvents')).toEqual(['no-managed-secret']);
    expect(await world.audit.newest({ level: 'merchants', ...other })).toMatchObject({
      status: 'failed',
      code: 'no-managed-secret',
      requestedBy: { source: 'event', subject: 'ops.keys' },
    });
    expect(eventNames()).toEqual(['ApiKeyRotationFailed']);
  });

  it('from a source without a grant', async () => {
    expect(await refused(rotateApiKey({}, { source: 'somebody' }))).toContain('no grant');
    expect(codesOf('RefusedEvents')).toEqual(['forbidden']);
    // A source without a grant can write nothing to the table.
    expect([await world.rotations(), eventNames()]).toEqual([[], []]);
  });

  it('from a source without a grant and with a bad detail, without a trace in the table', async () => {
    const event = rotateApiKey({ reason: 'x'.repeat(257) }, { source: 'somebody' });
    expect(await refused(event)).toContain('the detail: reason is not');
    expect([await world.rotations(), eventNames()]).toEqual([[], []]);
  });

  it('with a bad detail that names an API credential', async () => {
    expect(await refused(rotateApiKey({ reason: 'x'.repeat(257) }))).toContain('the detail: reason is not');
    expect(await world.rotations()).toMatchObject([{ status: 'failed', code: 'malformed-request' }]);
  });

  it('with a bad detail that names no API credential, which only the metric can show', async () => {
    expect(await refused(rotateApiKey({ accountId: '../ACME' }))).toContain('the detail: accountId is not');
    expect(codesOf('RefusedEvents')).toEqual(['malformed-request']);
    expect(await world.rotations()).toEqual([]);
  });

  it('with unknown fields, which the error does not quote', async () => {
    const message = await refused(rotateApiKey({ apiKey: 'AQEsecretsecretsecret' }));
    expect(message).not.toContain('AQE');
  });

  it('once, although it arrives twice', async () => {
    const event = rotateApiKey({ reason: '' });
    await refused(event);
    await refused(event);
    expect(await world.rotations()).toHaveLength(1);
  });

  it('and does not end a quarantine', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    await world.run(rotateApiKey({ reason: '' }));
    expect(await timelines()).toEqual(['started unknown', 'failed']);
    expect(await world.rotateOverHttp()).toMatchObject({
      kind: 'refused',
      refusal: { code: 'quarantined', until: '2026-11-23T12:02:00.000Z' },
    });
  });

  it('and does not disturb a running rotation', async () => {
    const results = await Promise.all([world.run(rotateApiKey()), world.run(rotateApiKey({ reason: '' }))]);
    expect(results.map((result) => result.getStatus())).toEqual(['SUCCEEDED', 'FAILED']);
    expect((await world.rotations()).map(({ status }) => status).sort()).toEqual(['failed', 'succeeded']);
  });
});

describe('an event that could not be put on the bus', () => {
  it('does not stop the promotion, and the sweep puts it on the bus', async () => {
    world.bus.setOutage(true);
    const result = await world.run(rotateApiKey());
    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(inWorld.output.lines().filter((line) => line.UnsentEvents === 1)).toHaveLength(1);
    expect(eventNames()).toEqual([]);
    world.bus.setOutage(false);
    expect(await world.sweep()).toMatchObject({ raised: 1, failed: 0 });
    expect(eventNames()).toEqual(['ApiKeyRotated']);
    expect(await world.sweep()).toMatchObject({ raised: 0 });
  });
});
