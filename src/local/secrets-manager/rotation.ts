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

/** A step that threw, and what it threw. */
export type FailedStep = Readonly<{ step: RotationStep; error: unknown }>;

export type Rotations = Readonly<{
  /** Throws `InvalidRequestException` until there is somebody to call. */
  requireFunction(): void;
  /** Begins a rotation to a version, or again the one that has not come to its end. */
  begin(secret: LocalSecret, token: string): void;
  /** Ends the rotation of a secret after the step that runs now. */
  cancel(secret: LocalSecret): void;
  invokeWith(invoke: InvokeRotation): void;
  /** Settles when none runs. */
  idle(): Promise<void>;
  /** The steps that threw, in order. Nobody else hears of them, as on AWS. */
  failures: readonly FailedStep[];
  /** Cancels all. */
  close(): void;
}>;

type Run = Readonly<{ secret: LocalSecret; token: string; cancelled: AbortController }>;

/**
 * Drives rotations as AWS does: four steps in order, with one token, from the first again after an error.
 *
 * @param pauseMs between two tries
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
        // One that is being tried is not tried twice at a time.
        if (!runsOf(secret).some((run) => run.token === pending)) start(secret, pending, rotate);
        throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
      }
      secrets.put(secret, { id: token, stages: ['AWSPENDING'] });
      start(secret, token, rotate);
    },
    cancel,
    invokeWith(own) {
      invoke = own;
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
    // Another rotation may be retried although its version is current. This one takes its place.
    cancel(secret);
    const run = { secret, token, cancelled: new AbortController() };
    running.set(
      run,
      tryAll(run, rotate).finally(() => running.delete(run)),
    );
  }

  async function tryAll(run: Run, rotate: InvokeRotation): Promise<void> {
    const { signal } = run.cancelled;
    for (let turn = 1; turn <= MAX_TRIES; turn += 1) {
      // Before the first try it lets `RotateSecret` answer: AWS calls nobody before it has answered.
      await sleep(turn === 1 ? 0 : pauseMs, undefined, { signal }).catch(() => undefined);
      if (await tryOnce(run, rotate)) return;
    }
  }

  /** Whether that was the last try: the rotation is finished or cancelled. */
  async function tryOnce({ secret, token, cancelled }: Run, rotate: InvokeRotation): Promise<boolean> {
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
