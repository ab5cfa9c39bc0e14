import { randomUUID } from 'node:crypto';
import {
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RotationStep } from '../src/local/secrets-manager/rotation.ts';
import { LOCAL_SECRET_ID } from '../src/local/settings.ts';
import type { Fate } from './support/gate.ts';
import { captureOutput } from './support/output.ts';
import { SECRET, startWorld, type World } from './support/workflow-world.ts';

const MINUTE_MS = 60_000;

let world: World;
let client: SecretsManagerClient;
let output: ReturnType<typeof captureOutput>;

async function start(...options: Parameters<typeof startWorld>) {
  world = await startWorld(...options);
  client = new SecretsManagerClient({ endpoint: world.secretsManager.url });
}
async function stop() {
  client.destroy();
  await world.close();
}
beforeEach(async () => {
  await start();
  output = captureOutput();
});
afterEach(async () => {
  output.release();
  await stop();
});

/** Asks Secrets Manager to rotate the secret, and returns each of its calls with its result. */
async function rotateSecret(fateOf?: (call: string) => Fate, request: object = {}) {
  const calls = useFunction(fateOf);
  const { VersionId } = await client.send(new RotateSecretCommand({ SecretId: SECRET, ...request }));
  await world.secretsManager.idle();
  return { calls, token: VersionId ?? '' };
}

/** Has Secrets Manager call the function, and returns the list of the calls and their results. */
function useFunction(fateOf?: (call: string) => Fate): readonly string[] {
  const calls: string[] = [];
  world.secretsManager.rotateWith(async (step) => {
    try {
      await world.rotateSecret(step, fateOf);
      calls.push(step.Step);
    } catch (error) {
      calls.push(`${step.Step}: ${error instanceof Error ? error.message : error}`);
      // Secrets Manager waits before it tries again.
      world.passTime(6 * MINUTE_MS);
      throw error;
    }
  });
  return calls;
}

/** From now on, what is written is not visible for five seconds. */
function lag(): void {
  world.passTime(5_000);
  world.secretsManager.setLag(5_000);
}

/** Moves `AWSCURRENT` back to the previous version, as an operator does. */
async function rollBack(): Promise<void> {
  const { AWSCURRENT, AWSPREVIOUS } = staged();
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: SECRET,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: AWSPREVIOUS?.id,
      RemoveFromVersionId: AWSCURRENT?.id,
    }),
  );
}

const staged = () => world.secretsManager.staged(SECRET);
const timelines = async () =>
  (await world.rotations()).map(({ timeline }) => timeline.map(({ event }) => event).join(' '));
const step = (Step: RotationStep['Step'], token: string): RotationStep => ({
  Step,
  SecretId: SECRET,
  ClientRequestToken: token,
});
/** Stages a version as Secrets Manager does, without a call to the function. */
async function stage(): Promise<string> {
  world.secretsManager.rotateWith(async () => {
    throw new Error('not now');
  });
  const token = randomUUID();
  await client.send(new RotateSecretCommand({ SecretId: SECRET, ClientRequestToken: token }));
  await world.secretsManager.idle();
  return token;
}

describe('RotateSecret', () => {
  it('leads to a new key that was seen working and is current', async () => {
    const before = staged().AWSCURRENT;
    const { calls, token } = await rotateSecret();
    expect(calls).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
    expect(staged()).toMatchObject({ AWSCURRENT: { id: token }, AWSPREVIOUS: before });
    expect(await world.rotations()).toMatchObject([
      { id: token, requestedBy: { source: 'secrets-manager' }, secret: { versionId: token } },
    ]);
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
    expect(world.bus.events.map((event) => event['detail-type'])).toEqual(['ApiKeyRotated']);
    expect(await world.currentKeyWorks()).toBe(true);
    output.release();
    console.log(`RotateSecret: ${calls.join(', ')}; AWSCURRENT is ${token}`);
  });

  it('is retried with the same token if testSecret has not seen the key working in time', async () => {
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 20 });
    const { calls, token } = await rotateSecret();
    expect(calls).toEqual([
      'createSecret',
      'setSecret',
      'testSecret: the new key does not work yet: GET /me answered 401',
      'createSecret',
      'setSecret',
      'testSecret',
      'finishSecret',
    ]);
    expect(staged().AWSCURRENT?.id).toBe(token);
    expect(world.adyen.credentials.generated()).toBe(1);
  });

  it('waits for the quarantine after an unknown outcome, and continues with the same token', async () => {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    const { calls, token } = await rotateSecret();
    expect(calls[0]).toBe('createSecret: no key was made: upstream-failure');
    expect(staged().AWSCURRENT?.id).toBe(token);
    expect(await timelines()).toEqual(['started unknown', 'started succeeded verified promoted']);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it.each([
    ['made a key nevertheless', true],
    ['made none', false],
  ])('is retried with the same token after a 204 of Adyen, which %s', async (_what, processed) => {
    world.adyen.faults.order({ kind: 'respond', status: 204, processed });
    const { calls, token } = await rotateSecret();
    expect(calls).toEqual([
      'createSecret: no key was made: Adyen accepted and gave none',
      'createSecret',
      'setSecret',
      'testSecret',
      'finishSecret',
    ]);
    expect(staged().AWSCURRENT?.id).toBe(token);
    expect(await timelines()).toEqual(['started succeeded', 'started succeeded verified promoted']);
    world.passTime(24 * 60 * MINUTE_MS);
    expect(await world.currentKeyWorks()).toBe(true);
  });

  it('is not stopped for ever by 204s: the next request goes on with the same token', async () => {
    world.adyen.faults.order({ kind: 'respond', status: 204, times: 5 });
    const { calls, token } = await rotateSecret();
    expect(calls).toEqual(Array(5).fill('createSecret: no key was made: Adyen accepted and gave none'));
    await expect(rotateSecret()).rejects.toThrow("A previous rotation isn't complete.");
    await world.secretsManager.idle();
    expect(staged().AWSCURRENT?.id).toBe(token);
  });

  it('waits for versions that are not visible yet, and makes no second key', async () => {
    lag();
    const { calls, token } = await rotateSecret();
    expect(calls).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
    expect([staged().AWSCURRENT?.id, world.adyen.credentials.generated()]).toEqual([token, 1]);
  });

  it('finds under its token the key of a function that was killed after storing it', async () => {
    let isFirst = true;
    const { token } = await rotateSecret((call) => {
      if (call !== 'PutSecretValue' || !isFirst) return 'live';
      isFirst = false;
      return 'killed-after';
    });
    expect([staged().AWSCURRENT?.id, world.adyen.credentials.generated()]).toEqual([token, 1]);
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
  });

  it('leaves the old key current if the new key never works', async () => {
    const before = staged().AWSCURRENT;
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 1_000 });
    await rotateSecret();
    expect(staged().AWSCURRENT).toEqual(before);
    expect(world.adyen.credentials.generated()).toBe(1);
  });

  it('is refused in the overlap with the previous key, and says until when', async () => {
    await world.rotateOverHttp();
    const { id = '' } = staged().AWSPENDING ?? {};
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: SECRET,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: id,
        RemoveFromVersionId: staged().AWSCURRENT?.id,
      }),
    );
    const { calls } = await rotateSecret();
    expect(calls[0]).toBe('createSecret: no key was made: overlap-active until 2026-11-24T12:00:00.000Z');
    expect(world.adyen.credentials.generated()).toBe(1);
  });

  it('finishes the promotion of a key that another rotation left as AWSPENDING', async () => {
    const issued = await world.rotateOverHttp();
    await expect(rotateSecret()).rejects.toThrow("A previous rotation isn't complete.");
    await world.secretsManager.idle();
    expect(staged().AWSCURRENT?.id).toBe(issued.kind === 'issued' && issued.rotation.id);
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
    expect(world.adyen.credentials.generated()).toBe(1);
  });

  it('discards a key that an older rotation left over, and rotates at the next request', async () => {
    await world.rotateOverHttp();
    const { id: leftOver = '' } = staged().AWSPENDING ?? {};
    // Another rotation, whose key is not in the secret.
    world.adyen.faults.order({ kind: 'respond', status: 422 });
    await world.rotateOverHttp({ request: { force: true } });
    world.passTime(25 * 60 * MINUTE_MS);
    await expect(rotateSecret()).rejects.toThrow("A previous rotation isn't complete.");
    await world.secretsManager.idle();
    expect(staged()).not.toHaveProperty('AWSPENDING');
    const { token } = await rotateSecret();
    expect(token).not.toBe(leftOver);
    expect([staged().AWSCURRENT?.id, await world.currentKeyWorks()]).toEqual([token, true]);
  });

  it('leaves a key to be resumed by its event if Secrets Manager gives up after createSecret', async () => {
    const token = await stage();
    await world.rotateSecret(step('createSecret', token));
    world.passTime(82 * MINUTE_MS);
    expect(await world.sweep()).toMatchObject({ raised: 1 });
    expect(world.bus.events.map((event) => event['detail-type'])).toEqual(['ApiKeyIssued']);
  });
});

describe.each(['with-current', 'after-rotation', 'never'] as const)(
  'RotateSecret, where AWSPENDING leaves the current version %s',
  (pendingLeaves) => {
    beforeEach(async () => {
      await stop();
      await start({}, { pendingLeaves });
    });

    it('succeeds at the first attempt, twice', async () => {
      const first = await rotateSecret();
      world.passTime(24 * 60 * MINUTE_MS);
      const { calls, token } = await rotateSecret();
      expect(calls).toEqual(first.calls);
      expect(calls).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
      expect(staged()).toMatchObject({ AWSCURRENT: { id: token }, AWSPREVIOUS: { id: first.token } });
    });

    it('rotates after an operator has rolled back', async () => {
      const { token: rolledBack } = await rotateSecret();
      await rollBack();
      world.passTime(24 * 60 * MINUTE_MS);
      // A label that was left behind is found, loudly, and removed.
      const asked = rotateSecret();
      if (pendingLeaves === 'never') {
        await expect(asked).rejects.toThrow("A previous rotation isn't complete.");
        await world.secretsManager.idle();
        expect(world.secretsManager.failures[0]?.error).toMatchObject({
          message: expect.stringContaining('was current before'),
        });
        expect(world.adyen.credentials.generated()).toBe(1);
      }
      const { token } = pendingLeaves === 'never' ? await rotateSecret() : await asked;
      expect(token).not.toBe(rolledBack);
      expect([staged().AWSCURRENT?.id, world.adyen.credentials.generated()]).toEqual([token, 2]);
      expect(await world.currentKeyWorks()).toBe(true);
    });
  },
);

describe('RotateSecret with RotateImmediately false', () => {
  const test = () => rotateSecret(undefined, { RotateImmediately: false });

  it('passes if the set-up is right, makes no key, and leaves nothing behind', async () => {
    const before = staged();
    expect((await test()).calls).toEqual(['testSecret']);
    expect([world.adyen.received, await timelines(), staged()]).toEqual([[], [], before]);
    const { calls, token } = await rotateSecret();
    expect([calls.length, staged().AWSCURRENT?.id]).toEqual([4, token]);
  });

  it('passes if the version that it tests is not visible yet', async () => {
    lag();
    expect((await test()).calls).toEqual(['testSecret']);
  });

  it.each<[string, () => void, string]>([
    [
      'the management credential cannot be read',
      () => world.secretsManager.put(LOCAL_SECRET_ID, 'AQE-bare'),
      `testSecret: the secret ${LOCAL_SECRET_ID} is not {"apiKey": "…"}`,
    ],
    [
      'the secret holds no key',
      () => world.secretsManager.put(SECRET, 'AQE-bare'),
      'testSecret: the secret has no current key',
    ],
  ])('fails, and rotates nothing, if %s', async (_why, breakIt, error) => {
    breakIt();
    const before = staged();
    expect((await test()).calls).toEqual([error]);
    expect([world.adyen.received, staged()]).toEqual([[], before]);
  });
});

describe('createSecret, twice at once', () => {
  it('makes one key', async () => {
    const token = await stage();
    world.adyen.faults.order({ kind: 'latency', when: 'before', ms: 100, times: 2 });
    const results = await Promise.allSettled([
      world.rotateSecret(step('createSecret', token)),
      world.rotateSecret(step('createSecret', token)),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(world.adyen.received).toHaveLength(1);
  });
});

describe('a step', () => {
  it('may be called twice, each of the four', async () => {
    const token = await stage();
    for (const name of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
      await world.rotateSecret(step(name, token));
      await world.rotateSecret(step(name, token));
    }
    expect(staged().AWSCURRENT?.id).toBe(token);
    expect(await timelines()).toEqual(['started succeeded verified promoted']);
    expect([world.adyen.credentials.generated(), world.bus.events.length]).toEqual([1, 1]);
  });

  it('(testSecret) alone, as --no-rotate-immediately calls it, tests the set-up and makes no key', async () => {
    const token = await stage();
    await world.rotateSecret(step('testSecret', token));
    expect([world.adyen.credentials.generated(), await timelines()]).toEqual([0, []]);
  });

  it('(testSecret) alone fails if the current key belongs to another API credential', async () => {
    const token = await stage();
    const body = '{"id":"S2-ANOTHER","username":"ws"}';
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 200, body });
    await expect(world.rotateSecret(step('testSecret', token))).rejects.toThrow(
      'the current key is not one of',
    );
  });

  it.each(['setSecret', 'finishSecret'] as const)('(%s) is refused before createSecret', async (name) => {
    const token = await stage();
    await expect(world.rotateSecret(step(name, token))).rejects.toThrow('createSecret has not');
  });

  it('(finishSecret) is refused before testSecret has seen the key working', async () => {
    const before = staged().AWSCURRENT;
    const token = await stage();
    await world.rotateSecret(step('createSecret', token));
    await expect(world.rotateSecret(step('finishSecret', token))).rejects.toThrow('testSecret has not seen');
    expect(staged().AWSCURRENT).toEqual(before);
  });

  it('is refused for a token that is not a version of the secret', async () => {
    await stage();
    await expect(world.rotateSecret(step('createSecret', randomUUID()))).rejects.toThrow('is no version');
  });

  it('is refused for a version that is not staged', async () => {
    const token = await stage();
    const previous = staged().AWSCURRENT?.id ?? '';
    for (const name of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
      await world.rotateSecret(step(name, token));
    }
    await expect(world.rotateSecret(step('createSecret', previous))).rejects.toThrow(
      'not staged as AWSPENDING',
    );
  });

  it('is refused for a secret without rotation', async () => {
    const { id = '' } = staged().AWSCURRENT ?? {};
    await expect(world.rotateSecret(step('createSecret', id))).rejects.toThrow('not enabled for rotation');
  });

  it('is refused for a secret that MANAGED_SECRETS does not name', async () => {
    world.secretsManager.put('another', '{"apiKey":"AQEanother"}');
    world.secretsManager.rotateWith(async () => {});
    const { VersionId = '' } = await client.send(new RotateSecretCommand({ SecretId: 'another' }));
    const request = { ...step('createSecret', VersionId), SecretId: 'another' };
    await expect(world.rotateSecret(request)).rejects.toThrow('names no API credential');
  });

  it('is refused if it is not a request of Secrets Manager', async () => {
    const request = { Step: 'dropSecret', SecretId: SECRET, ClientRequestToken: 'short' };
    // An invocation may hold anything.
    await expect(world.rotateSecret(request as never)).rejects.toThrow(
      'not a request of Secrets Manager: Step, ClientRequestToken',
    );
  });
});

describe('the rotation of a secret, killed at any point', () => {
  it('continues, and leads to a key that works and is current', async () => {
    const calls: string[] = [];
    await rotateSecret((call) => {
      calls.push(call);
      return 'live';
    });
    for (const fate of ['killed-before', 'killed-after'] as const) {
      for (let at = 1; at <= calls.length; at += 1) {
        await stop();
        await start();
        let count = 0;
        const { token } = await rotateSecret(() => {
          count += 1;
          return count === at ? fate : 'live';
        });
        const point = `${fate} ${calls[at - 1]} (${at})`;
        expect([point, staged().AWSCURRENT?.id, await world.currentKeyWorks()]).toEqual([point, token, true]);
        expect((await world.rotations()).at(-1), point).toMatchObject({ status: 'succeeded' });
        expect((await timelines()).at(-1), point).toBe('started succeeded verified promoted');
        expect(world.adyen.credentials.generated(), point).toBeLessThanOrEqual(2);
      }
    }
    output.release();
    console.log(`${calls.length * 2} kill points of RotateSecret: ${calls.join(', ')}`);
  }, 300_000);
});
