import { beforeEach, describe, expect, it } from 'vitest';
import type { RotateResult } from '../src/rotation/rotate-command.ts';
import type { Rotation } from '../src/rotation/rotation.ts';
import { Secret } from '../src/secret.ts';
import { eachInItsWorld } from './support/each-in-its-world.ts';
import { rotateApiKey, SECRET, type World } from './support/workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WITHOUT_SECRET = {
  level: 'merchants',
  accountId: 'ACME_DE',
  apiCredentialId: 'S2-7B1C9D3E5F60',
} as const;
const FORCED = { request: { force: true } } as const;

const inWorld = eachInItsWorld();
const { eventNames, current, codesOf, timelines } = inWorld;
let world: World;
/** The version that was current before the first rotation, and the rotation whose key is current now. */
let firstVersion: string;
let rotated: string;

// Secrets Manager has rotated: the new key is current, and the first one has 24 hours left.
beforeEach(async () => {
  world = inWorld.world;
  firstVersion = versionOfCurrent();
  await world.rotateBySecretsManager();
  rotated = versionOfCurrent();
  expect(rotated).not.toBe(firstVersion);
});

const versionOfCurrent = () => current()?.id ?? '';
const count = (name: string) => eventNames().filter((one) => one === name).length;
const lastEvent = (name: string) => world.bus.events.findLast((one) => one['detail-type'] === name) ?? {};
const newest = async () => (await world.rotations()).at(-1);
const at = (rotation: Rotation | undefined, event: string) =>
  Date.parse(rotation?.timeline.find((entry) => entry.event === event)?.at ?? '');
/** Rotates once more by force, with Secrets Manager's steps for the promotion. */
const rotateAgain = async () => {
  const issued = await world.rotateOverHttp(FORCED);
  const token = (issued.kind === 'issued' && issued.rotation.id) || '';
  for (const Step of ['testSecret', 'finishSecret'] as const) {
    await world.rotateSecret({ Step, SecretId: SECRET, ClientRequestToken: token });
  }
  expect(versionOfCurrent()).toBe(token);
  return newest();
};
const addHours = (time: string | undefined, hours: number) =>
  new Date(Date.parse(time ?? '') + hours * HOUR_MS).toISOString();

describe('an operator who goes back to an earlier version', () => {
  it('is recorded by the next check, once, and told of once, however often it checks', async () => {
    world.passTime(10 * MINUTE_MS);
    await world.moveCurrentTo(firstVersion);
    for (let check = 0; check < 3; check += 1) {
      expect(await world.checkKeys()).toMatchObject({ seen: { works: 1 } });
      world.passTime(HOUR_MS);
    }
    expect(await timelines()).toEqual(['started succeeded verified promoted rolled-back']);
    expect(count('ApiKeyRolledBack')).toBe(1);
    const [rotation] = await world.rotations();
    expect(rotation?.timeline.at(-1)).toMatchObject({ detail: `AWSCURRENT is on version ${firstVersion}` });
    expect(lastEvent('ApiKeyRolledBack')).toMatchObject({ detail: { rotationId: rotated } });
  });

  it('is recorded by a check on request too', async () => {
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    expect(await world.checkKeyOnRequest()).toMatchObject({ kind: 'works', versionId: firstVersion });
    expect(await timelines()).toEqual(['started succeeded verified promoted rolled-back']);
    expect(count('ApiKeyRolledBack')).toBe(1);
  });

  it('is not suspected while the label is where the last promotion put it', async () => {
    world.passTime(HOUR_MS);
    await world.checkKeys();
    expect(count('ApiKeyRolledBack')).toBe(0);
  });

  it('is not suspected within ten minutes of the promotion: the label may have been read before it', async () => {
    await world.moveCurrentTo(firstVersion);
    const promotedAt = at(await newest(), 'promoted');
    world.passTime(promotedAt + 10 * MINUTE_MS - 1_000 - world.now());
    await world.checkKeys();
    expect(count('ApiKeyRolledBack')).toBe(0);
    world.passTime(1_000);
    await world.checkKeys();
    expect(count('ApiKeyRolledBack')).toBe(1);
  });

  it('is not recorded while the key of a later rotation is pending', async () => {
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    await world.rotateOverHttp(FORCED);
    world.passTime(HOUR_MS);
    await world.checkKeys();
    expect(count('ApiKeyRolledBack')).toBe(0);
  });

  it('is not recorded while the outcome of a later rotation is unknown', async () => {
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp(FORCED);
    world.passTime(HOUR_MS);
    await world.checkKeys();
    expect(count('ApiKeyRolledBack')).toBe(0);
  });

  it('is recorded although rotations have failed since', async () => {
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    world.adyen.faults.order({ kind: 'respond', status: 422, times: 2 });
    await world.rotateOverHttp(FORCED);
    await world.rotateOverHttp(FORCED);
    await world.checkKeys();
    expect(await timelines()).toEqual([
      'started succeeded verified promoted rolled-back',
      'started failed',
      'started failed',
    ]);
    expect(count('ApiKeyRolledBack')).toBe(1);
  });
});

describe('the key to which an operator went back', () => {
  /** Goes back an hour after the rotation, and has the next check see it. */
  const goBack = async () => {
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    await world.checkKeys();
    return lastEvent('ApiKeyRolledBack');
  };

  it('is left alone until five hours before its end, then replaced by force, and the app reads no dead key', async () => {
    const [rotation] = await world.rotations();
    const endsAt = Date.parse(addHours(rotation?.requestedAt, 24));
    const result = await world.run(await goBack());
    const [, replacement] = await world.rotations();
    expect(replacement).toMatchObject({
      force: true,
      reason: `an operator went back from the key of rotation ${rotated}, and the earlier one ends soon`,
    });
    const replacedAfter = Date.parse(replacement?.requestedAt ?? '') - (endsAt - 5 * HOUR_MS);
    expect(replacedAfter).toBeGreaterThanOrEqual(0);
    expect(replacedAfter).toBeLessThan(5 * MINUTE_MS);
    expect(at(replacement, 'verified')).toBeLessThanOrEqual(at(replacement, 'promoted'));
    expect(at(replacement, 'promoted')).toBeLessThan(endsAt);
    expect(result.getResult()).toEqual({ outcome: 'works', rotationId: replacement?.id });
    expect(versionOfCurrent()).toBe(replacement?.id);
    expect(world.now()).toBeGreaterThan(endsAt);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is not replaced if the operator goes forward again before then', async () => {
    const event = await goBack();
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(rotated);
    expect((await world.run(event)).getResult()).toEqual({ outcome: 'superseded', rotationId: rotated });
    expect(world.adyen.received).toHaveLength(1);
    expect(versionOfCurrent()).toBe(rotated);
    await world.checkKeys();
    expect(count('ApiKeyRolledBack')).toBe(1);
  });

  it('is not replaced a second time if a later rotation has made a key before then', async () => {
    const event = await goBack();
    await world.rotateOverHttp(FORCED);
    expect((await world.run(event)).getResult()).toEqual({ outcome: 'superseded', rotationId: rotated });
    expect(world.adyen.received).toHaveLength(2);
  });
});

describe('an operator who goes back to a dead key', () => {
  /** Goes back when the first key has ended, and runs what the next check has raised. */
  const goBackTooLate = async () => {
    world.passTime(25 * HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    expect(await world.currentKeyWorks()).toBe(false);
    expect(await world.checkKeys()).toMatchObject({ seen: { dead: 1 } });
  };

  it('is answered at once by the newest key, and no key is generated', async () => {
    await goBackTooLate();
    const from = world.now();
    let forwardAt = Number.NaN;
    const result = await world.run(lastEvent('ApiKeyDead'), () => {
      if (Number.isNaN(forwardAt) && versionOfCurrent() === rotated) forwardAt = world.now();
      return 'live';
    });
    expect(result.getResult()).toEqual({ outcome: 'works', rotationId: rotated, heals: firstVersion });
    expect(forwardAt).toBe(from);
    expect(world.adyen.received).toHaveLength(1);
    expect(versionOfCurrent()).toBe(rotated);
    expect(await world.currentKeyWorks()).toBe(true);
    expect(await timelines()).toEqual(['started succeeded verified promoted healed']);
    expect(count('ApiKeyHealed')).toBe(1);
  });

  it('does not use up the heal of the day', async () => {
    world.passTime(2 * HOUR_MS);
    world.generateOutside();
    world.passTime(23 * HOUR_MS);
    // The key of the rotation lives for about another hour.
    await world.moveCurrentTo(firstVersion);
    await world.checkKeys();
    const forward = await world.run(lastEvent('ApiKeyDead'));
    expect([forward.getStatus(), versionOfCurrent()]).toEqual(['SUCCEEDED', rotated]);
    world.passTime(2 * HOUR_MS);
    await world.checkKeys();
    expect(count('ApiKeyDead')).toBe(2);
    await world.run(lastEvent('ApiKeyDead'));
    expect(codesOf('FailedWorkflows')).toEqual([]);
    expect((await timelines()).at(-1)).toBe('started succeeded promoted verified healed');
    expect(await world.currentKeyWorks()).toBe(true);
  });
});

describe('the end of the key in use, after an operator went back,', () => {
  /** When the first key ends. */
  const firstEnds = async () => addHours((await world.rotations())[0]?.requestedAt, 24);
  const nextEnd = async () => {
    const rotation = await newest();
    return rotation?.status === 'succeeded' ? rotation.key?.previousKeyExpiresAt : undefined;
  };
  beforeEach(async () => {
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
  });

  it('is 24 hours after the rotation that retired it, by an event', async () => {
    await world.run(rotateApiKey({ force: true }));
    expect(await nextEnd()).toBe(await firstEnds());
  });

  it('is 24 hours after the rotation that retired it, over HTTP', async () => {
    const result = await world.rotateOverHttp(FORCED);
    expect(result.kind).toBe('issued');
    expect(await nextEnd()).toBe(await firstEnds());
  });

  it('is not changed by a rotation that failed since', async () => {
    world.adyen.faults.order({ kind: 'respond', status: 422 });
    expect((await world.rotateOverHttp(FORCED)).kind).toBe('failed');
    world.passTime(HOUR_MS);
    await world.rotateOverHttp(FORCED);
    expect(await nextEnd()).toBe(await firstEnds());
  });

  it('is that of the version to which the operator went, however far back', async () => {
    await world.moveCurrentTo(rotated);
    const second = await rotateAgain();
    await world.moveCurrentTo(rotated);
    await world.rotateOverHttp(FORCED);
    expect(await nextEnd()).toBe(addHours(second?.requestedAt, 24));
    const third = await newest();
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    await world.rotateOverHttp(FORCED);
    expect(await nextEnd()).toBe(await firstEnds());
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(second?.id ?? '');
    await world.rotateOverHttp(FORCED);
    expect(await nextEnd()).toBe(addHours(third?.requestedAt, 24));
  });
});

describe('a caller over HTTP, while Secrets Manager is down after an operator went back,', () => {
  const rotateInOutage = async () => {
    // A warm function has read the management credential.
    await world.rotateOverHttp({ credential: WITHOUT_SECRET });
    world.secretsManager.setOutage(true);
    const result = await world.rotateOverHttp(FORCED);
    world.secretsManager.setOutage(false);
    return result;
  };
  const endOf = (result: RotateResult) =>
    Date.parse((result.kind === 'issued' && result.rotation.key?.previousKeyExpiresAt) || '');

  it('gets the key, and a time that is not later than the end of the key in use', async () => {
    const [rotation] = await world.rotations();
    world.passTime(HOUR_MS);
    await world.moveCurrentTo(firstVersion);
    const result = await rotateInOutage();
    expect(result).toMatchObject({ kind: 'issued', apiKey: expect.any(Secret) });
    expect(endOf(result)).toBeLessThanOrEqual(Date.parse(addHours(rotation?.requestedAt, 24)));
    expect(world.secretsManager.values(SECRET)).toHaveLength(2);
  });

  it('gets a time that is not too late, even if the operator went back by two versions', async () => {
    const [rotation] = await world.rotations();
    world.passTime(2 * HOUR_MS);
    await rotateAgain();
    await world.moveCurrentTo(firstVersion);
    expect(endOf(await rotateInOutage())).toBeLessThanOrEqual(
      Date.parse(addHours(rotation?.requestedAt, 24)),
    );
  });

  it('gets a time that is not too late, even if a rotation has failed before the operator went back', async () => {
    const [rotation] = await world.rotations();
    world.passTime(HOUR_MS);
    world.adyen.faults.order({ kind: 'respond', status: 422 });
    expect((await world.rotateOverHttp(FORCED)).kind).toBe('failed');
    await world.moveCurrentTo(firstVersion);
    expect(endOf(await rotateInOutage())).toBeLessThanOrEqual(
      Date.parse(addHours(rotation?.requestedAt, 24)),
    );
  });
});
