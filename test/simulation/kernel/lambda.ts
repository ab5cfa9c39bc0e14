import { type Container, createContainer } from './container.ts';
import { type Kernel, QUIET } from './kernel.ts';
import type { Random } from './random.ts';

/** How often an idle container is used again, and how many are kept. */
const REUSED = 0.8;
const MOST_IDLE = 3;
/** How often a process survives the end of its invocation, frozen. */
const SURVIVES = 0.6;
/** How long such a process stands still before its container is used again (ms). */
const LONGEST_STANDSTILL_MS = 30 * 60_000;

/** When a function is ended (ms after its start), and how long before that it responds by itself, if it does. */
export type FunctionSettings = Readonly<{ timeoutMs: number; respondsEarlyMs?: number }>;

/** How an invocation ended, as its caller sees it. */
export type Ending<T> =
  | Readonly<{ kind: 'returned'; value: T }>
  | Readonly<{ kind: 'threw'; error: unknown }>
  | Readonly<{ kind: 'killed' | 'timed out' }>;

/** Lambda: it runs functions in containers. `Wired` is what a function sets up once, at its cold start. */
export type Lambda<Name extends string, Wired> = Readonly<{
  invoke<T>(
    name: Name,
    run: (wired: Wired, endsAt: number, container: Container) => Promise<T>,
  ): Promise<Ending<T>>;
}>;

type Warm<Wired> = Readonly<{ container: Container; wired: Wired }>;

export function createLambda<Name extends string, Wired>(deps: {
  kernel: Kernel;
  random: Random;
  functions: Readonly<Record<Name, FunctionSettings>>;
  skewMs: number;
  /** Told of each error that a function throws. */
  onThrow: (error: unknown) => void;
  wire: (container: Container) => Wired;
}): Lambda<Name, Wired> {
  const { kernel, random, functions, skewMs, onThrow, wire } = deps;
  const warm = new Map<Name, Warm<Wired>[]>();
  let started = 0;

  return {
    async invoke<T>(
      name: Name,
      run: (wired: Wired, endsAt: number, container: Container) => Promise<T>,
    ): Promise<Ending<T>> {
      const settings: FunctionSettings = functions[name];
      const { container, wired } = acquire(name);
      const ending = await new Promise<Ending<T>>((resolve) => {
        const { timeoutMs, respondsEarlyMs = 0 } = settings;
        const endsAt = kernel.now() + timeoutMs;
        container.invocation.isBusy = true;
        container.invocation.endsAt = endsAt - respondsEarlyMs;
        container.onKill(() => resolve({ kind: 'killed' }));
        let isOver = false;
        const end = (result: Ending<T>) => {
          isOver = true;
          container.invocation.isBusy = false;
          resolve(result);
        };
        run(wired, container.clock() + timeoutMs, container).then(
          (value) => end({ kind: 'returned', value }),
          (error: unknown) => {
            onThrow(error);
            end({ kind: 'threw', error });
          },
        );
        kernel.at(endsAt - respondsEarlyMs, () => {
          if (isOver || !container.isAlive()) return QUIET;
          resolve({ kind: 'timed out' });
          stop(container, respondsEarlyMs > 0);
          return undefined;
        });
      });
      await kernel.sleep(random.between(5, 30));
      return ending;
    },
  };

  /** Some processes live on: frozen, until their container is used again. */
  function stop(container: Container, hasResponded: boolean): void {
    const survives = (hasResponded || container.isFrozen()) && random.chance(SURVIVES);
    if (!survives) container.kill();
    else if (hasResponded) container.freeze(LONGEST_STANDSTILL_MS * random.next() ** 4);
  }

  function acquire(name: Name): Warm<Wired> {
    const alive = (warm.get(name) ?? []).filter(({ container }) => container.isAlive());
    const idle = alive.filter(({ container }) => !container.invocation.isBusy && !container.isFrozen());
    const [first, ...others] = idle;
    for (const { container } of others.slice(MOST_IDLE)) container.kill();
    const taken = first && random.chance(REUSED) ? first : start(name);
    warm.set(name, taken === first ? alive : [...alive, taken]);
    return taken;
  }

  function start(name: Name): Warm<Wired> {
    started += 1;
    const container = createContainer(kernel, `${name}-${started}`, random.between(-skewMs, skewMs));
    return { container, wired: wire(container) };
  }
}
