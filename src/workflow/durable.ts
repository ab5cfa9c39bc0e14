/**
 * The parts of a workflow that survive the end of the function that runs it. After an interruption the workflow runs
 * again from its beginning, and each part that has ended before returns its recorded result.
 */
export type Durable = Readonly<{
  /** At-least-once: reruns after an error, or if the checkpoint was lost. Its result is checkpointed, so it is never a key. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Lets time pass (ms; at least a second) while nothing runs. */
  wait(name: string, ms: number): Promise<void>;
  /** Lets time pass until then (RFC 3339), and at least a second. */
  waitUntil(name: string, time: string): Promise<void>;
  /** When the current invocation is ended from outside (ms since the epoch). */
  invocationEndsAt(): number;
}>;

/** Ends a workflow that did not lead to a key in use: its event goes to the dead-letter queue. It holds nothing secret. */
export class WorkflowFailed extends Error {
  override readonly name = 'WorkflowFailed';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
