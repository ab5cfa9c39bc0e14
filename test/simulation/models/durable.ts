import type { Durable } from '../../../src/workflow/durable.ts';
import type { Container } from '../kernel/container.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Call } from '../kernel/remote-call.ts';

/** What the service has recorded of one step or wait. */
type Operation =
  | { kind: 'step'; name: string; attempts: number; retryAt?: number; result?: string; error?: StepError }
  | { kind: 'wait'; name: string; until: number };

/** What an execution has done so far. */
export type Checkpoints = Operation[];

/** How a step ends that is not tried again. Only its name and message survive. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.errorName = errorName;
  }
}

/** When a step that failed is tried again (ms), or `undefined` if it is not. */
export type RetryDelay = (error: unknown, attempt: number, random: () => number) => number | undefined;

/**
 * One invocation of a durable function: it runs from the beginning, and what was recorded is not run again. `suspend` ends
 * the invocation; the execution goes on at that time.
 */
export function createDurable(deps: {
  kernel: Kernel;
  call: Call;
  container: Container;
  checkpoints: Checkpoints;
  random: () => number;
  retryDelay: RetryDelay;
  /** By the process's clock. */
  endsAt: number;
  /** Whether this invocation is still the one that may record. */
  isCurrent: () => boolean;
  suspend: (until: number) => void;
  /** Told of everything that is recorded. */
  onRecord: (text: string) => void;
}): Durable {
  const { kernel, call, container, checkpoints, random, retryDelay, endsAt } = deps;
  const { isCurrent, suspend, onRecord } = deps;
  let position = 0;

  const durable: Durable = {
    async step<T>(name: string, run: () => Promise<T>): Promise<T> {
      const operation = next({ kind: 'step', name, attempts: 0 });
      if (operation.kind !== 'step') throw new TypeError(`the step ${name} was a wait before`);
      if (operation.error) throw operation.error;
      // What a step returns is JSON in the checkpoint, and the step gives back what its type says.
      if (operation.result !== undefined) return parse(operation.result) as T;
      if (operation.retryAt !== undefined && operation.retryAt > kernel.now())
        return pause(operation.retryAt);
      try {
        const result = JSON.stringify(await run()) ?? 'undefined';
        await record(`${name}: ${result}`, () => {
          operation.result = result;
        });
        return parse(result) as T;
      } catch (error) {
        if (error instanceof CheckpointFailed) return pause(kernel.now());
        return fail(operation, error);
      }
    },

    async wait(name, ms) {
      const until = kernel.now() + Math.max(1_000, Math.ceil(ms / 1000) * 1000);
      const operation = next({ kind: 'wait', name, until });
      if (operation.kind !== 'wait') throw new TypeError(`the wait ${name} was a step before`);
      if (operation.until > kernel.now()) await pause(operation.until);
    },

    waitUntil: (name, at) => durable.wait(name, Date.parse(at) - container.clock()),
    invocationEndsAt: () => endsAt,
  };
  return durable;

  /** The recorded operation at this place of the workflow, which must be deterministic; otherwise a new one. */
  function next(fresh: Operation): Operation {
    const known = checkpoints[position];
    position += 1;
    if (known && known.name !== fresh.name) {
      throw new TypeError(`the workflow is not deterministic: ${fresh.name} was ${known.name} before`);
    }
    if (!known && isCurrent()) checkpoints.push(fresh);
    return known ?? fresh;
  }

  async function fail<T>(operation: Extract<Operation, { kind: 'step' }>, error: unknown): Promise<T> {
    const { name: errorName, message } = error instanceof Error ? error : new Error(String(error));
    const attempt = operation.attempts + 1;
    const delay = retryDelay(error, attempt, random);
    try {
      await record(`${operation.name}: ${errorName}: ${message}`, () => {
        operation.attempts = attempt;
        if (delay === undefined) operation.error = new StepError(errorName, message);
        else operation.retryAt = kernel.now() + delay;
      });
    } catch {
      return pause(kernel.now());
    }
    if (delay === undefined) throw operation.error ?? error;
    return pause(kernel.now() + delay);
  }

  async function record(text: string, write: () => void): Promise<void> {
    onRecord(text);
    const failure = (reason: string) => new CheckpointFailed(reason);
    await call(
      container,
      'lambda',
      'checkpoint',
      () => {
        // The token of an invocation that was replaced is no longer good.
        if (!isCurrent()) throw new CheckpointFailed('a newer invocation runs');
        write();
      },
      failure,
    );
  }

  function pause(until: number): Promise<never> {
    suspend(until);
    return new Promise(() => {});
  }
}

class CheckpointFailed extends Error {}

function parse(result: string): unknown {
  return result === 'undefined' ? undefined : JSON.parse(result);
}
