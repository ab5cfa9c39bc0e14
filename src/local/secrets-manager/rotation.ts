import { setTimeout as sleep } from 'node:timers/promises';
import { invalidRequest } from './refusal.ts';
import type { LocalSecret, Secrets } from './secrets.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
/** How often AWS tries a rotation before it gives it up, roughly. */
const MAX_TRIES = 5;

export type RotationStep = Readonly<{
  Step: (typeof STEPS)[number];
  SecretId: string;
  ClientRequestToken: string;
}>;

/** Calls the rotation function. An error is its answer. */
export type InvokeRotation = (step: RotationStep) => Promise<unknown>;

export type Rotations = Readonly<{
  /** Begins a rotation to a version, or again the one that has not come to its end. */
  begin(secret: LocalSecret, token: string): void;
  invokeWith(invoke: InvokeRotation): void;
  /** Settles when none runs. */
  idle(): Promise<void>;
  close(): void;
}>;

/**
 * Drives rotations as AWS does: four steps in order, with one token, from the first again after an error.
 *
 * @param pauseMs between two tries
 */
export function createRotations(secrets: Secrets, now: () => number, pauseMs: number): Rotations {
  const running = new Set<Promise<void>>();
  const closed = new AbortController();
  let invoke: InvokeRotation | undefined;

  return {
    begin(secret, token) {
      if (!invoke) throw invalidRequest('No rotation function runs here.');
      const pending = secret.labels.get('AWSPENDING');
      if (pending !== undefined && pending !== secret.labels.get('AWSCURRENT')) {
        run(secret, pending, invoke);
        throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
      }
      secrets.put(secret, { id: token, stages: ['AWSPENDING'] });
      run(secret, token, invoke);
    },
    invokeWith(own) {
      invoke = own;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    close: () => closed.abort(),
  };

  function run(secret: LocalSecret, token: string, rotate: InvokeRotation): void {
    const rotation = tryAll(secret, token, rotate).finally(() => running.delete(rotation));
    running.add(rotation);
  }

  async function tryAll(secret: LocalSecret, token: string, rotate: InvokeRotation): Promise<void> {
    for (let turn = 1; turn <= MAX_TRIES && !closed.signal.aborted; turn += 1) {
      try {
        for (const Step of STEPS) await rotate({ Step, SecretId: secret.arn, ClientRequestToken: token });
        secret.rotation.lastRotated = now();
        return;
      } catch {
        // The function has logged why. As on AWS, whoever began the rotation does not hear of it.
        await sleep(pauseMs, undefined, { signal: closed.signal }).catch(() => undefined);
      }
    }
  }
}
