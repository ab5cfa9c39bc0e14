import type { Kernel } from './kernel.ts';

/** The process of a Lambda function, with a clock of its own. */
export type Container = Readonly<{
  id: string;
  /** The time by the process's clock. */
  clock(): number;
  isAlive(): boolean;
  isFrozen(): boolean;
  /** Called once, when the process is gone. */
  onKill(listener: () => void): void;
  /** The process is gone: nothing that it waits for comes, and nothing that it does has an effect. */
  kill(): void;
  /** The process stands still for so long (ms), and goes on as if nothing had happened. */
  freeze(ms: number): void;
  /** Runs code of the process: at once, after the thaw, or never. */
  resume(run: () => void): void;
  /** Lets time pass in the process. */
  sleep(ms: number): Promise<void>;
  /** When the response of the current invocation is given at the latest, by the real time. */
  invocation: { endsAt: number; isBusy: boolean };
}>;

export function createContainer(kernel: Kernel, id: string, skewMs: number): Container {
  let isAlive = true;
  let frozenUntil = 0;
  let listener: (() => void) | undefined;

  const resume = (run: () => void): void => {
    if (!isAlive) return;
    if (frozenUntil > kernel.now()) kernel.at(frozenUntil, () => resume(run));
    else run();
  };

  return {
    id,
    clock: () => Math.round(kernel.now() + skewMs),
    isAlive: () => isAlive,
    isFrozen: () => frozenUntil > kernel.now(),
    onKill(added) {
      listener = added;
    },
    kill() {
      if (!isAlive) return;
      isAlive = false;
      listener?.();
    },
    freeze(ms) {
      frozenUntil = Math.max(frozenUntil, kernel.now() + ms);
    },
    resume,
    sleep: (ms) => new Promise((resolve) => kernel.after(ms, () => resume(resolve))),
    invocation: { endsAt: Number.POSITIVE_INFINITY, isBusy: false },
  };
}
