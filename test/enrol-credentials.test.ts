import { beforeEach, describe, expect, it } from 'vitest';
import { OVERLAP_MS } from '../src/local/adyen-simulator/credentials.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { eachInItsWorld } from './support/each-in-its-world.ts';
import { credential } from './support/rotations.ts';
import type { World } from './support/workflow-world.ts';

// A busy machine may take its time for a probe.
const inWorld = eachInItsWorld({ UPSTREAM_TIMEOUT_MS: '10000' });
const { eventNames, timelines } = inWorld;
let world: World;
beforeEach(() => {
  world = inWorld.world;
});

/** Somebody generates a key in the Customer Area and ends the previous one at once. */
function replaceOutside(): void {
  const found = world.adyen.credentials.find(credentialPath(credential));
  if (found) world.adyen.credentials.generateKey(found, world.now() - OVERLAP_MS);
}

describe('a managed key that has never rotated', () => {
  it('is found by the checks once it is enrolled, and replaced if it is dead: the app reads a working key', async () => {
    expect(await world.enrolCredentials()).toEqual({ managed: 1, enrolled: 1, isPartial: false });
    expect(await world.checkKeys()).toMatchObject({ seen: { works: 1 } });

    replaceOutside();
    expect(await world.currentKeyWorks()).toBe(false);
    expect(await world.checkKeys()).toMatchObject({ seen: { dead: 1 } });
    expect(eventNames()).toEqual(['ApiKeyDead']);
    await world.run(world.bus.events[0] ?? {});
    expect(await timelines()).toEqual(['started succeeded promoted verified healed']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is enrolled without a read of its value', async () => {
    await world.enrolCredentials();
    expect(world.secretsManager.reads).toEqual([]);
  });

  it('is enrolled once, and not again after its first rotation', async () => {
    await world.enrolCredentials();
    expect(await world.enrolCredentials()).toEqual({ managed: 1, enrolled: 0, isPartial: false });
    await world.rotateOverHttp();
    expect(await world.enrolCredentials()).toEqual({ managed: 1, enrolled: 0, isPartial: false });
    expect(await world.checkKeys()).toMatchObject({ seen: { works: 1 } });
  });
});

describe('a managed key that has rotated', () => {
  it('needs no enrolment', async () => {
    await world.rotateOverHttp();
    expect(await world.enrolCredentials()).toEqual({ managed: 1, enrolled: 0, isPartial: false });
  });
});

describe('a secret that is not a managed one', () => {
  it('is not enrolled', async () => {
    world.secretsManager.put('keyturn/keys/merchants/ACME_NL/S2-1', '{}');
    world.secretsManager.put('keyturn/other', '{}');
    expect(await world.enrolCredentials()).toMatchObject({ managed: 1, enrolled: 1 });
  });
});

describe('a managed secret without a key', () => {
  it('is enrolled, and its check says that it has none', async () => {
    world.secretsManager.put('keyturn/keys/merchants/ACME_NL/apiCredentials/S2-EMPTY', 'no key');
    expect(await world.enrolCredentials()).toMatchObject({ enrolled: 2 });
    expect(await world.checkKeys()).toMatchObject({ seen: { works: 1, 'no-key': 1 } });
  });
});

describe('the enrolment of more than one page of secrets', () => {
  it('finds them all', async () => {
    for (let index = 0; index < 250; index += 1) {
      world.secretsManager.put(`keyturn/keys/merchants/ACME_NL/apiCredentials/S2-${index}`, '{}');
    }
    expect(await world.enrolCredentials()).toEqual({ managed: 251, enrolled: 251, isPartial: false });
    expect(await world.enrolCredentials()).toEqual({ managed: 251, enrolled: 0, isPartial: false });
  });
});
