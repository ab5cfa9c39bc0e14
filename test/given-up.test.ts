import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRotateEndpoint } from '../src/http/rotate/rotate-endpoint.ts';
import type { RotateCommand } from '../src/rotation/rotate-command.ts';
import { httpEvent, lambdaContext } from './support/http-event.ts';
import { captureOutput } from './support/output.ts';
import { type RotationCore, startRotationCore } from './support/rotation-core.ts';
import { aSucceeded, credential, NOON } from './support/rotations.ts';
import { SECRET, startWorld } from './support/workflow-world.ts';

let core: RotationCore;
beforeEach(async () => {
  core = await startRotationCore();
});
afterEach(() => core.close());

const lost = { status: 'unknown', code: 'key-undelivered', quarantinedUntil: expect.any(String) };

describe('a key that was made for a caller who has got another response', () => {
  it('is lost if the request was given up before its rotation ended', async () => {
    const result = await core.rotate({ isGivenUp: () => true });
    expect(result).toMatchObject({ kind: 'failed', rotation: lost });
    expect(await core.audit.newest(credential)).toMatchObject(lost);
    expect(core.adyen.credentials.generated()).toBe(1);
  });

  it('is lost if the container was frozen so long that the invocation is over', async () => {
    core.adyen.faults.order({ kind: 'latency', when: 'after', ms: 100 });
    const rotating = core.rotate();
    await expect.poll(() => core.adyen.received.length).toBe(1);
    core.passTime(29_000);
    expect(await rotating).toMatchObject({ kind: 'failed', rotation: lost });
    expect(await core.audit.newest(credential)).toMatchObject(lost);
  });

  it('is not lost if it is in the managed secret', async () => {
    const output = captureOutput();
    const world = await startWorld();
    const result = await world.rotateOverHttp({ isGivenUp: () => true });
    expect(result).toMatchObject({ kind: 'issued', rotation: { status: 'succeeded' } });
    expect(world.secretsManager.staged(SECRET).AWSPENDING?.id).toBe(
      result.kind === 'issued' && result.rotation.id,
    );
    expect((await world.rotations())[0]).not.toHaveProperty('delivery');
    await world.close();
    output.release();
  });
});

describe('a key that was given to its caller', () => {
  it('is unconfirmed in the audit: whether the response arrived cannot be known', async () => {
    await core.rotate();
    expect(await core.audit.newest(credential)).toMatchObject({
      status: 'succeeded',
      delivery: 'unconfirmed',
    });
  });
});

it('a request over HTTP is given up when its timeout response was sent', async () => {
  const commands: RotateCommand[] = [];
  const endpoint = createRotateEndpoint({
    async rotate(command) {
      commands.push(command);
      return { kind: 'no-key', rotation: aSucceeded() };
    },
    now: () => NOON,
    newId: () => 'id',
  });
  const timeout = new AbortController();
  // Only the steps before the endpoint can make what is granted and parsed; the endpoint reads only these fields.
  await endpoint({
    event: httpEvent('POST /'),
    context: lambdaContext(),
    signal: timeout.signal,
    granted: { caller: { subject: 'local-app' }, credential } as never,
    request: { request: { force: false } } as never,
  });
  const before = commands[0]?.isGivenUp?.();
  timeout.abort();
  expect([before, commands[0]?.isGivenUp?.()]).toEqual([false, true]);
});
