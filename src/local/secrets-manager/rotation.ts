import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalSecret, PendingLeaves, Secrets } from './secrets.ts';
import { invalidRequest } from './secrets-manager-error.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
/**
 * How often a rotation is attempted. AWS "retries the entire rotation process multiple times during the open rotation
 * windows" (user guide, "Rotation by Lambda function"); it does not say how often, nor after what pauses.
 */
const MAX_ATTEMPTS = 5;

type Step = (typeof STEPS)[number];

export type RotationStep = Readonly<{ Step: Step; SecretId: string; ClientRequestToken: string }>;

/** Calls the rotation function. Rejects with the function's error. */
export type InvokeRotation = (step: RotationStep) => Promise<unknown>;

/** A step whose call of the rotation function failed, and the error. */
export type FailedStep = Readonly<{ step: RotationStep; error: unknown }>;

export type Rotations = Readonly<{
  /** Throws `InvalidRequestException` unless a rotation function is set. */
  requireFunction(): void;
  /**
   * Starts a rotation. If an earlier one is incomplete, restarts that one and throws `InvalidRequestException`. Does nothing
   * if the token has had its rotation.
   */
  begin(secret: LocalSecret, token: string): void;
  /**
   * Tests the set-up of a rotation as `RotateImmediately: false` does: the step `testSecret` alone, on a version without a
   * value, which is removed afterwards (API reference of `RotateSecret`). What `begin` refuses is refused here too.
   */
  test(secret: LocalSecret, token: string): void;
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
type CarryOut = (run: Run, rotate: InvokeRotation) => Promise<void>;

/**
 * Runs rotations as AWS does: four steps in order, with one token, and again from the first step after an error.
 *
 * @param pauseMs the pause between two attempts
 */
export function createRotations({
  secrets,
  now,
  pauseMs,
  pendingLeaves,
}: {
  secrets: Secrets;
  now: () => number;
  pauseMs: number;
  pendingLeaves: PendingLeaves;
}): Rotations {
  const running = new Map<Run, Promise<void>>();
  const failures: FailedStep[] = [];
  let invoke: InvokeRotation | undefined;

  return {
    requireFunction,
    begin(secret, token) {
      stage(secret, token, attemptRepeatedly);
    },
    test(secret, token) {
      stage(secret, token, async (run, rotate) => {
        await attemptOnce(run, ['testSecret'], rotate);
        secrets.abandon(secret, token);
      });
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

  function stage(secret: LocalSecret, token: string, carryOut: CarryOut): void {
    const rotate = requireFunction();
    requireComplete(secret, rotate);
    if (secret.state.latest().versions.has(token)) return;
    secrets.put(secret, { id: token, stages: ['AWSPENDING'] });
    start(secret, token, rotate, carryOut);
  }

  function requireComplete(secret: LocalSecret, rotate: InvokeRotation): void {
    const pending = incompleteOf(secret);
    if (pending === undefined) return;
    // A rotation that still runs is not started a second time.
    if (!runsOf(secret).some((run) => run.token === pending)) {
      start(secret, pending, rotate, attemptRepeatedly);
    }
    throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
  }

  function cancel(secret: LocalSecret): void {
    for (const { cancelled } of runsOf(secret)) cancelled.abort();
  }

  function runsOf(secret: LocalSecret): Run[] {
    return [...running.keys()].filter((run) => run.secret === secret && !run.cancelled.signal.aborted);
  }

  function start(secret: LocalSecret, token: string, rotate: InvokeRotation, carryOut: CarryOut): void {
    // An older rotation may still be retrying although its version is already current. The new one replaces it.
    cancel(secret);
    const run = { secret, token, cancelled: new AbortController() };
    running.set(
      run,
      // Even the first step waits for a moment: AWS calls the function only after `RotateSecret` has responded.
      sleep(0)
        .then(() => carryOut(run, rotate))
        .finally(() => running.delete(run)),
    );
  }

  async function attemptRepeatedly(run: Run, rotate: InvokeRotation): Promise<void> {
    const { signal } = run.cancelled;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS && !signal.aborted; attempt += 1) {
      if (attempt > 1) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (!(await attemptOnce(run, STEPS, rotate))) continue;
      if (!signal.aborted) complete(run);
      return;
    }
  }

  /** Returns whether no step has failed: all of them have returned, or the run was cancelled. */
  async function attemptOnce(
    { secret, token, cancelled }: Run,
    steps: readonly Step[],
    rotate: InvokeRotation,
  ): Promise<boolean> {
    for (const Step of steps) {
      if (cancelled.signal.aborted) return true;
      const step = { Step, SecretId: secret.arn, ClientRequestToken: token };
      try {
        await rotate(step);
        // For AWS, a rotation is under way as long as AWSPENDING is on another version than AWSCURRENT.
        if (Step === 'finishSecret' && incompleteOf(secret) === token) {
          throw new Error('AWSPENDING is still on a version that is not current');
        }
      } catch (error) {
        failures.push({ step, error });
        return false;
      }
    }
    return true;
  }

  function complete({ secret, token }: Run): void {
    if (pendingLeaves === 'after-rotation') secrets.abandon(secret, token);
    secret.rotation.lastRotated = now();
  }
}

/** The version of a rotation that is not complete: it has AWSPENDING, and is not current. */
function incompleteOf({ state }: LocalSecret): string | undefined {
  const { labels } = state.latest();
  const pending = labels.get('AWSPENDING');
  return pending === labels.get('AWSCURRENT') ? undefined : pending;
}
