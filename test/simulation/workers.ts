import { Worker } from 'node:worker_threads';
import type { WorldResult } from './oracle/result.ts';
import type { Simulate } from './run-worlds.ts';

export type Workers = Readonly<{ simulators: readonly Simulate[]; close(): Promise<void> }>;

/** Starts threads that simulate worlds, one at a time each. */
export function startWorkers(number: number): Workers {
  const threads = Array.from({ length: number }, () => new Worker(new URL('worker.ts', import.meta.url)));
  return {
    simulators: threads.map(
      (thread) => (world) =>
        new Promise<WorldResult>((resolve, reject) => {
          const stop = () => thread.off('message', onMessage).off('error', onError).off('exit', onExit);
          const onMessage = (result: WorldResult) => {
            stop();
            resolve(result);
          };
          const onError = (error: Error) => {
            stop();
            reject(new Error(`the world ${world} cannot be simulated`, { cause: error }));
          };
          const onExit = () => onError(new Error('its thread has ended'));
          thread.on('message', onMessage).on('error', onError).on('exit', onExit).postMessage(world);
        }),
    ),
    close: async () => void (await Promise.all(threads.map((thread) => thread.terminate()))),
  };
}
