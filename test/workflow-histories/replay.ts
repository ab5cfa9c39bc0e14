import { isDeepStrictEqual } from 'node:util';
import { readInput } from '../../src/event-bus/read-input.ts';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import type { ManagedSecret } from '../../src/rotation/ports.ts';
import { assembleWorkflow } from '../../src/wiring/assemble-workflow.ts';
import type { Durable } from '../../src/workflow/durable.ts';
import { credential, rules } from '../support/rotations.ts';
import type { History, Operation } from './history.ts';

/**
 * Lets the workflow as it is now go through the checkpoints of an earlier execution, as Lambda does when that execution
 * continues. Throws an error that names the first checkpoint that does not fit: another name, another kind, one too few or
 * too many; or if the execution ends in another way.
 */
export async function replay({ event, end, operations }: History): Promise<void> {
  const { durable, left } = served(operations);
  const runWorkflow = workflowWithoutOutside();
  const replayed: History['end'] = await runWorkflow(readInput(event), durable).then(
    (result) => ({ result }),
    (error: Error) => {
      if (error instanceof BrokenHistory) throw error;
      return { error: error.message };
    },
  );
  const [next] = left();
  if (next) throw new BrokenHistory(`the workflow has ended, and the history goes on with ${textOf(next)}`);
  if (!isDeepStrictEqual(replayed, end)) {
    throw new BrokenHistory(
      `the workflow has ended with ${JSON.stringify(replayed)} instead of ${JSON.stringify(end)}`,
    );
  }
}

export class BrokenHistory extends Error {}

/** A `Durable` that runs nothing: each step has its recorded result, and each wait is over. */
function served(operations: readonly Operation[]): Readonly<{ durable: Durable; left: () => Operation[] }> {
  const left = [...operations];
  const take = (asked: Operation): unknown => {
    const next = left.shift();
    if (!next)
      throw new BrokenHistory(`the history has ended, and the workflow goes on with ${textOf(asked)}`);
    if (textOf(next) !== textOf(asked)) {
      throw new BrokenHistory(`the history has ${textOf(next)} where the workflow has ${textOf(asked)}`);
    }
    return 'step' in next ? next.result : undefined;
  };
  const durable: Durable = {
    // The result of the step of this name, as an earlier execution has recorded it.
    step: async <T>(name: string) => structuredClone(take({ step: name })) as T,
    wait: async (name) => void take({ wait: name }),
    waitUntil: async (name) => void take({ wait: name }),
    invocationEndsAt: () => outside('the end of the invocation'),
  };
  return { durable, left: () => left };
}

function textOf(operation: Operation): string {
  return 'step' in operation ? `the step "${operation.step}"` : `the wait "${operation.wait}"`;
}

/** The workflow with its grants and managed secrets. All else is touched only in steps, and no step runs. */
function workflowWithoutOutside() {
  return assembleWorkflow({
    audit: untouchable('the audit'),
    readNewest: () => outside('the audit'),
    rotate: () => outside('a rotation'),
    commit: () => outside('the audit'),
    announce: () => outside('the bus'),
    recordKeyEvent: () => outside('the audit'),
    managedSecretOf: (one) =>
      credentialPath(one) === credentialPath(credential)
        ? untouchable<ManagedSecret>('the managed secret')
        : undefined,
    probe: () => outside('Adyen'),
    isGranted: (source) => source === 'ops.keys',
    rules,
    newId: () => outside('a new id'),
    random: () => outside('a random number'),
    now: () => outside('the clock'),
    log: untouchable('the log'),
    metrics: untouchable('the metrics'),
  });
}

/** An object without which a replay must do. */
function untouchable<T extends object>(what: string): T {
  // Its members are never used: the type is only what the workflow is given.
  return new Proxy({}, { get: () => outside(what) }) as T;
}

/** What happens between two steps happens again in each replay, and must not depend on anything outside. */
function outside(what: string): never {
  throw new BrokenHistory(`the workflow uses ${what} outside of a step`);
}
