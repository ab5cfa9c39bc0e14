/**
 * What a workflow is made of, so that it survives the end of the function that runs it. After an interruption it runs
 * again from its beginning, and each part that has ended before gives what it gave then.
 */
export type Durable = Readonly<{
  /** Runs until it has ended once: again after an error, and where its end was not noted. It never gives a key. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Lets time pass (ms; a second at least) while nothing runs. */
  wait(name: string, ms: number): Promise<void>;
  /** Lets time pass until then (RFC 3339), and a second at least. */
  waitUntil(name: string, time: string): Promise<void>;
  /** When the invocation that runs now is ended from outside (ms since the epoch). */
  invocationEndsAt(): number;
}>;

/** Ends a workflow that has not led to a key in use: its event goes to the dead-letter queue. It holds nothing secret. */
export class WorkflowFailed extends Error {
  override readonly name = 'WorkflowFailed';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
