import { setImmediate as turn } from 'node:timers/promises';
import type { Envelope } from './entry.ts';

/** Gives an event to a function: settles when that has ended, and rejects if it failed. */
export type Deliver = (target: string, envelope: Envelope) => unknown;
export type OnFailed = (target: string, envelope: Envelope, error: unknown) => void;

export type Deliveries = Readonly<{
  /** Begins a delivery and does not wait for it. */
  start(target: string, envelope: Envelope): void;
  /** Settles when no delivery runs, those included that others led to meanwhile. */
  idle(): Promise<void>;
}>;

/** The deliveries of an event bus. One that fails is told of and not tried again. */
export function createDeliveries(deliver: Deliver, onFailed: OnFailed): Deliveries {
  const running = new Set<Promise<void>>();

  async function attempt(target: string, envelope: Envelope): Promise<void> {
    // Whoever put the event is not kept waiting for what it leads to.
    await turn();
    try {
      // A copy: what one function does to its event, no other one sees.
      await deliver(target, structuredClone(envelope));
    } catch (error) {
      onFailed(target, envelope, error);
    }
  }

  return {
    start(target, envelope) {
      const delivery = attempt(target, envelope)
        // Not even an `onFailed` that throws ends the process.
        .catch(console.error)
        .finally(() => running.delete(delivery));
      running.add(delivery);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
