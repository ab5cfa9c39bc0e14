import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Envelope } from './entry.ts';

/** Gives an event to a function. Settles when the function has ended, and rejects if it failed. */
export type Deliver = (target: string, envelope: Envelope) => unknown;
/** Gets the error of a failed delivery. */
export type OnFailed = (target: string, envelope: Envelope, error: unknown) => void;

export type Deliveries = Readonly<{
  /** Starts a delivery without waiting for it. */
  start(target: string, envelope: Envelope): void;
  /** Settles when no delivery runs. Deliveries that other deliveries start meanwhile are waited for too. */
  idle(): Promise<void>;
}>;

/** The deliveries of an event bus. A failed delivery is reported to `onFailed` and not retried. */
export function createDeliveries(deliver: Deliver, onFailed: OnFailed): Deliveries {
  const running = new Set<Promise<void>>();

  async function attempt(target: string, envelope: Envelope): Promise<void> {
    // `PutEvents` responds before the delivery starts.
    await nextTurn();
    try {
      // A copy, so that no function sees what another one changes in its event.
      await deliver(target, structuredClone(envelope));
    } catch (error) {
      onFailed(target, envelope, error);
    }
  }

  return {
    start(target, envelope) {
      const delivery = attempt(target, envelope)
        // If `onFailed` itself throws, the process must not end.
        .catch(console.error)
        .finally(() => running.delete(delivery));
      running.add(delivery);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
