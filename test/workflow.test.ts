import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUS_EVENT_DEFINITIONS, isBusEvent } from '../src/event-bus/bus-events.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { captureOutput } from './support/output.ts';
import { credential, NOON } from './support/rotations.ts';
import { rotateApiKey, SECRET, startWorld, type World } from './support/workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;
let output: ReturnType<typeof captureOutput>;
beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
beforeEach(async () => {
  world = await startWorld();
  output = captureOutput();
});
afterEach(async () => {
  output.release();
  for (const { source, ...event } of world.bus.events) {
    if (source !== 'keyturn' || !isBusEvent(event['detail-type'])) continue;
    expect(
      v.safeParse(BUS_EVENT_DEFINITIONS[event['detail-type']].schema, event.detail).issues,
    ).toBeUndefined();
  }
  const everything = [...world.kept, output.output(), JSON.stringify(world.bus.events)].join('\n');
  for (const value of world.secretsManager.values(SECRET)) {
    expect(everything).not.toContain(JSON.parse(value).apiKey);
  }
  await world.close();
});

const eventNames = () => world.bus.events.map((event) => event['detail-type']);
const current = () => world.secretsManager.staged(SECRET).AWSCURRENT;
const codesOf = (name: string) =>
  output.lines().flatMap((line) => (line[name] === 1 ? [line.code ?? line.outcome] : []));
const timelines = async () =>
  (await world.rotations()).map(({ timeline }) => timeline.map(({ event }) => event).join(' '));

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

  it('over HTTP is left alone if a later rotation has made a key', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    await world.rotateOverHttp();
    expect((await world.run(world.bus.events[0] ?? {})).getResult()).toMatchObject({ outcome: 'superseded' });
    expect(world.adyen.received).toHaveLength(2);
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

  it('does not make a time later than the truth: the key in use ends a day after the first call', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    await world.rotateOverHttp();
    const [, second] = await world.rotations();
    expect(second).toMatchObject({ key: { previousKeyExpiresAt: '2026-11-24T12:00:00.000Z' } });
  });
});

describe('a key in use that is dead', () => {
  const generateOutside = () => {
    const found = world.adyen.credentials.find(credentialPath(credential));
    if (found) world.adyen.credentials.generateKey(found);
  };
  const dead = () => ({
    'detail-type': 'ApiKeyDead',
    source: 'keyturn',
    id: 'check-1',
    detail: { credential, versionId: current()?.id, seen: 'GET /me answered 401' },
  });

  it('is replaced at once, by force, and an event tells of it when the new one works', async () => {
    generateOutside();
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

  it('is replaced once, although two checks report it', async () => {
    generateOutside();
    world.passTime(25 * HOUR_MS);
    const event = dead();
    await Promise.all([world.run(event), world.run({ ...event, id: 'check-2' })]);
    expect((await world.rotations()).length).toBe(1);
  });

  it('is replaced by a pending key that works, without another one', async () => {
    await world.rotateOverHttp();
    generateOutside();
    world.passTime(23 * HOUR_MS + 59 * MINUTE_MS + 30_000);
    const [first] = await world.rotations();
    world.passTime(MINUTE_MS);
    expect(await world.currentKeyWorks()).toBe(false);
    await world.run(dead());
    expect(current()?.id).not.toBe(undefined);
    expect((await timelines())[0]).toContain('promoted');
    expect(first?.status).toBe('succeeded');
  });

  it('is not healed twice within 24 hours: that is for a person, with an alarm', async () => {
    generateOutside();
    world.passTime(25 * HOUR_MS);
    await world.run(dead(), () => 'live').catch(() => {});
    const [healing] = await world.rotations();
    // Somebody replaces the healed key too; the clock is set back to the hour of the heal.
    generateOutside();
    world.passTime(Date.parse(healing?.requestedAt ?? '') + 23 * HOUR_MS - world.now());
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 3 });
    const result = await world.run(dead());
    expect([result.getStatus(), result.getError().errorMessage]).toEqual([
      'FAILED',
      'the key in use is dead, and was healed within the last 24 hours',
    ]);
    expect(codesOf('FailedWorkflows')).toEqual(['displaced']);
  });
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
    const client = new SecretsManagerClient({ endpoint: world.secretsManager.url });
    world.secretsManager.rotateWith((step) => world.rotateSecret(step));
    await client.send(new RotateSecretCommand({ SecretId: SECRET }));
    await world.secretsManager.idle();
    client.destroy();
    // Another key is generated without Keyturn.
    const path = credentialPath(credential);
    const seeded = world.adyen.credentials.find(path);
    if (seeded) world.adyen.credentials.generateKey(seeded);
    const [rotated = {}] = world.bus.events;
    const [first] = await world.rotations();
    expect((await world.run(rotated)).getResult()).toMatchObject({ outcome: 'works', heals: first?.id });
    expect(await timelines()).toEqual([
      'started succeeded verified promoted displaced',
      'started succeeded promoted verified healed',
    ]);
    expect(await world.currentKeyWorks()).toBe(true);
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
    expect(output.lines().filter((line) => line.UnsentEvents === 1)).toHaveLength(1);
    expect(eventNames()).toEqual([]);
    world.bus.setOutage(false);
    expect(await world.sweep()).toMatchObject({ raised: 1, failed: 0 });
    expect(eventNames()).toEqual(['ApiKeyRotated']);
    expect(await world.sweep()).toMatchObject({ raised: 0 });
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
