import type { Container } from './container.ts';
import type { AwsFault, Faults, ProcessFault } from './faults.ts';
import { type Kernel, QUIET } from './kernel.ts';
import type { Service } from './outages.ts';
import type { Random } from './random.ts';

/** The longest that an AWS client waits for a response, with its second attempt (ms): see `aws-client-options.ts`. */
const CLIENT_GIVES_UP_MS = 4_000;
const SECOND_ATTEMPT_MS = 1_500;
/** How late a request that the client has given up may still be processed (ms). */
const LATEST_MS = 2 * 60_000;
const LONGEST_FREEZE_MS = 20 * 60_000;

/**
 * A call of an AWS service by a process. `perform` is what the service does, at the time at which the request gets there.
 * Rejects with what `perform` throws, or with `failure()` if no response came.
 */
export type Call = <T>(
  container: Container,
  service: Service,
  operation: string,
  perform: () => T,
  failure: (reason: string) => Error,
) => Promise<T>;

/** Told what happens, line by line, for a person who reads the history of a world. */
export type Trace = ((line: () => string) => void) | undefined;

/** What becomes of a call. All times in ms from now. */
type Course = Readonly<{
  /** When it is processed without the caller's knowledge. */
  unseenAfter?: number;
  /** When it is processed, if the caller gets the result; otherwise when the caller is told of the failure. */
  after: number;
  response: 'result' | 'failure';
}>;

export function createCall(deps: { kernel: Kernel; faults: Faults; random: Random; trace: Trace }): Call {
  const { kernel, faults, random, trace } = deps;
  const latency = () => random.between(2, 60);

  return (container, service, operation, perform, failure) => {
    if (!container.isAlive()) return new Promise(() => {});
    const fault = faults.ofCall(service);
    if (fault) trace?.(() => `${container.id}: ${service} ${operation} meets "${fault}"`);
    return new Promise((resolve, reject) => {
      const respond = (settle: () => void) => kernel.after(latency(), () => container.resume(settle));
      const performAndRespond = () => {
        try {
          const result = perform();
          respond(() => resolve(result));
        } catch (error) {
          respond(() => reject(error));
        }
        return QUIET;
      };
      const fail = () => container.resume(() => reject(failure(fault ?? 'no response')));
      if (isProcessFault(fault)) interrupt(fault, container, { perform, performAndRespond, fail });
      else run(courseOf(fault), { perform, performAndRespond, fail });
    });
  };

  function courseOf(fault: AwsFault | undefined): Course {
    switch (fault) {
      case undefined:
        return { after: latency(), response: 'result' };
      case 'slow':
        return { after: random.between(200, CLIENT_GIVES_UP_MS - 100), response: 'result' };
      case 'throttled':
        return { after: random.between(100, 800), response: 'failure' };
      case 'failed before':
        return { after: random.between(20, CLIENT_GIVES_UP_MS), response: 'failure' };
      case 'answer lost':
        return {
          unseenAfter: latency(),
          after: random.between(100, CLIENT_GIVES_UP_MS),
          response: 'failure',
        };
      case 'sent twice':
        return { unseenAfter: latency(), after: SECOND_ATTEMPT_MS + latency(), response: 'result' };
      case 'late': {
        const unseenAfter = random.between(CLIENT_GIVES_UP_MS, LATEST_MS);
        return { unseenAfter, after: CLIENT_GIVES_UP_MS, response: 'failure' };
      }
    }
  }

  function run({ unseenAfter, after, response }: Course, effects: Effects): void {
    if (unseenAfter !== undefined) kernel.after(unseenAfter, () => ignoringErrors(effects.perform));
    kernel.after(after, response === 'result' ? effects.performAndRespond : effects.fail);
  }

  /** What happens to the process before the request leaves or after it was processed. */
  function interrupt(fault: ProcessFault, container: Container, effects: Effects): void {
    switch (fault) {
      case 'killed before':
        container.kill();
        break;
      case 'killed after':
        kernel.after(latency(), () => {
          container.kill();
          ignoringErrors(effects.perform);
        });
        break;
      case 'frozen before':
        container.freeze(freezeMs());
        // The request leaves after the thaw.
        container.resume(() => kernel.after(latency(), effects.performAndRespond));
        break;
      case 'frozen after':
        kernel.after(latency(), () => {
          container.freeze(freezeMs());
          // After the thaw the client's time may be over before the response is read.
          if (random.chance(0.5)) effects.performAndRespond();
          else {
            ignoringErrors(effects.perform);
            effects.fail();
          }
        });
        break;
    }
  }

  function freezeMs(): number {
    return LONGEST_FREEZE_MS * random.next() ** 3;
  }
}

type Effects = Readonly<Record<'perform' | 'performAndRespond' | 'fail', () => unknown>>;

function isProcessFault(fault: AwsFault | ProcessFault | undefined): fault is ProcessFault {
  return fault !== undefined && /^(killed|frozen) /.test(fault);
}

function ignoringErrors(perform: () => unknown): typeof QUIET {
  try {
    perform();
  } catch {
    // The caller is not there to be told.
  }
  return QUIET;
}
