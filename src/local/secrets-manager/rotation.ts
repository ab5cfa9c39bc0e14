import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalSecret, Secrets } from './secrets.ts';
import { invalidRequest } from './secrets-manager-error.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
/** AWS gives a rotation up after about this many attempts. */
const MAX_ATTEMPTS = 5;

export type RotationStep = Readonly<{
  Step: (typeof STEPS)[number];
  SecretId: string;
  ClientRequestToken: string;
}>;

/** Calls the rotation function. Rejects with the function's error. */
export type InvokeRotation = (step: RotationStep) => Promise<unknown>;

/** A step whose call of the rotation function failed, and the error. */
export type FailedStep = Readonly<{ step: RotationStep; error: unknown }>;

export type Rotations = Readonly<{
  /** Throws `InvalidRequestException` unless a rotation function is set. */
  requireFunction(): void;
  /** Starts a rotation. If an earlier one is incomplete, restarts that one and throws `InvalidRequestException`. */
  begin(secret: LocalSecret, token: string): void;
  /** Stops the rotation of a secret after the current step. */
  cancel(secret: LocalSecret): void;
  /** Sets the rotation function. */
  invokeWith(invoke: InvokeRotation): void;
  /** Settles when no rotation runs. */
  idle(): Promise<void>;
  /** The failed steps, in order. As on AWS, the caller of `RotateSecret` does not get these errors. */
  failures: readonly FailedStep[];
  /** Cancels all rotations. */
  close(): void;
}>;

type Run = Readonly<{ secret: LocalSecret; token: string; cancelled: AbortController }>;

/**
 * Runs rotations as AWS does: four steps in order, with one token, and again from the first step after an error.
 *
 * @param pauseMs the pause between two attempts
 */
export function createRotations(secrets: Secrets, now: () => number, pauseMs: number): Rotations {
  const running = new Map<Run, Promise<void>>();
  const failures: FailedStep[] = [];
  let invoke: InvokeRotation | undefined;

  return {
    requireFunction,
    begin(secret, token) {
      const rotate = requireFunction();
      const pending = secret.labels.get('AWSPENDING');
      if (pending !== undefined && pending !== secret.labels.get('AWSCURRENT')) {
        // A rotation that still runs is not started a second time.
        if (!runsOf(secret).some((run) => run.token === pending)) start(secret, pending, rotate);
        throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
      }
      secrets.put(secret, { id: token, stages: ['AWSPENDING'] });
      start(secret, token, rotate);
    },
    cancel,
    invokeWith(rotate) {
      invoke = rotate;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
    failures,
    close() {
      for (const { cancelled } of running.keys()) cancelled.abort();
    },
  };

  function requireFunction(): InvokeRotation {
    if (!invoke) throw invalidRequest('No rotation function runs here.');
    return invoke;
  }

  function cancel(secret: LocalSecret): void {
    for (const { cancelled } of runsOf(secret)) cancelled.abort();
  }

  function runsOf(secret: LocalSecret): Run[] {
    return [...running.keys()].filter((run) => run.secret === secret && !run.cancelled.signal.aborted);
  }

  function start(secret: LocalSecret, token: string, rotate: InvokeRotation): void {
    // An older rotation may still be retrying although its version is already current. The new one replaces it.
    cancel(secret);
    const run = { secret, token, cancelled: new AbortController() };
    running.set(
      run,
      attemptRepeatedly(run, rotate).finally(() => running.delete(run)),
    );
  }

  async function attemptRepeatedly(run: Run, rotate: InvokeRotation): Promise<void> {
    const { signal } = run.cancelled;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      // Even the first attempt waits for a moment: AWS calls the function only after `RotateSecret` has responded.
      await sleep(attempt === 1 ? 0 : pauseMs, undefined, { signal }).catch(() => undefined);
      if (await attemptOnce(run, rotate)) return;
    }
  }

  /** Returns whether it was the last attempt: the rotation is complete or cancelled. */
  async function attemptOnce({ secret, token, cancelled }: Run, rotate: InvokeRotation): Promise<boolean> {
    for (const Step of STEPS) {
      if (cancelled.signal.aborted) return true;
      const step = { Step, SecretId: secret.arn, ClientRequestToken: token };
      try {
        await rotate(step);
      } catch (error) {
        failures.push({ step, error });
        return false;
      }
    }
    secret.rotation.lastRotated = now();
    return true;
  }
}
