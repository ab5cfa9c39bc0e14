import type { Durable } from '../../../src/workflow/durable.ts';
import type { Facts } from '../facts.ts';
import type { Container } from '../kernel/container.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Ending } from '../kernel/lambda.ts';
import type { Random } from '../kernel/random.ts';
import type { Call, Trace } from '../kernel/remote-call.ts';
import { type Checkpoints, createDurable, type RetryDelay, StepError } from './durable.ts';

/** The pause before a function that was killed is invoked again (ms). */
const AGAIN_MS = [1_000, 30_000] as const;

type Workflow<Input> = (input: Input, durable: Durable) => Promise<unknown>;

/** Invokes the durable function once, in some container. */
export type InvokeWorkflow<Input> = <T>(
  run: (workflow: Workflow<Input>, endsAt: number, container: Container) => Promise<T>,
) => Promise<Ending<T>>;

/** Lambda's durable executions: each runs to its end, over any number of invocations. */
export type Executions<Input> = Readonly<{ start(input: Input): void }>;

type Course = Readonly<{ kind: 'done'; value: unknown } | { kind: 'suspended'; until: number }>;

export function createExecutions<Input>(deps: {
  kernel: Kernel;
  random: Random;
  faults: Faults;
  call: Call;
  facts: Facts;
  trace: Trace;
  /** How long an execution may last (ms). */
  timeoutMs: number;
  retryDelay: RetryDelay;
  invoke: InvokeWorkflow<Input>;
  /** The name of an error for the report. */
  codeOf: (error: unknown) => string;
  /** Told of everything that is checkpointed or returned. */
  onRecord: (text: string) => void;
}): Executions<Input> {
  const { kernel, random, faults, call, facts, trace, timeoutMs, retryDelay } = deps;
  const { invoke, codeOf, onRecord } = deps;
  let started = 0;

  return {
    start(input) {
      started += 1;
      void run(input, `execution-${started}`, kernel.now() + timeoutMs);
    },
  };

  async function run(input: Input, id: string, timesOutAt: number): Promise<void> {
    const checkpoints: Checkpoints = [];
    trace?.(() => `${id} starts with ${JSON.stringify(input)}`);
    for (;;) {
      if (kernel.now() >= timesOutAt) return deadLetter(id, 'execution timed out');
      const ending = await invokeOnce(input, checkpoints, id);
      let resumeAt = kernel.now() + random.between(...AGAIN_MS);
      if (ending.kind === 'threw') {
        noteCrash(ending.error);
        return deadLetter(id, codeOf(ending.error));
      }
      if (ending.kind === 'returned') {
        const course = ending.value;
        if (course.kind === 'done') return end(id, course.value);
        resumeAt = course.until;
      }
      await kernel.sleep(Math.max(resumeAt, faults.outageEnd('lambda'), kernel.now()) - kernel.now());
    }
  }

  /** Runs the function until it ends, is killed, or lets time pass. */
  async function invokeOnce(input: Input, checkpoints: Checkpoints, id: string): Promise<Ending<Course>> {
    let isCurrent = true;
    const ending = await invoke<Course>((workflow, endsAt, container) => {
      trace?.(() => `${id} runs in ${container.id}`);
      const suspended = Promise.withResolvers<number>();
      const durable = createDurable({
        kernel,
        call,
        container,
        checkpoints,
        random: random.next,
        retryDelay,
        endsAt,
        isCurrent: () => isCurrent,
        suspend: suspended.resolve,
        onRecord,
      });
      return Promise.race([
        workflow(input, durable).then((value) => ({ kind: 'done' as const, value })),
        suspended.promise.then((until) => ({ kind: 'suspended' as const, until })),
      ]);
    });
    isCurrent = false;
    return ending;
  }

  function end(id: string, value: unknown): void {
    const text = JSON.stringify(value) ?? '';
    trace?.(() => `${id} returned ${text}`);
    onRecord(text);
  }

  function deadLetter(id: string, code: string): void {
    trace?.(() => `${id} is dead-lettered: ${code}`);
    facts.deadLetters.push(code);
  }

  function noteCrash(error: unknown): void {
    const name = error instanceof StepError ? error.errorName : error instanceof Error ? error.name : '';
    if (!['TypeError', 'RangeError', 'ReferenceError'].includes(name)) return;
    facts.crashes.push(`workflow: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
