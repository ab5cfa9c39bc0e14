import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { GenerateApiKey, GenerateApiKeyOutcome } from '../../../src/rotation/ports.ts';
import { Secret } from '../../../src/secret.ts';
import type { Facts, GenerateCall } from '../facts.ts';
import type { Container } from '../kernel/container.ts';
import type { Faults, ProcessFault } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Trace } from '../kernel/remote-call.ts';
import {
  ANSWERS,
  ANSWERS_IN_OUTAGE,
  type Answer,
  type Course,
  courseOf,
  type NoKey,
  UNREACHED,
} from './adyen-answers.ts';

/** `UPSTREAM_TIMEOUT_MS`. */
const TIMEOUT_MS = 10_000;
/** How often the client tries a call that certainly was not processed. */
const MAX_ATTEMPTS = 3;
const SHORT_RETRY_AFTER_S = 2;
const LONGEST_FREEZE_MS = 20 * 60_000;
/** How long Adyen's side keeps a connection open on which nothing comes. */
const CONNECTION_LIFE_MS = 5 * 60_000;

/** An outcome without what only the whole call knows. */
type Attempt = Readonly<{ kind: 'key'; apiKey: Secret }> | NoKey;

/** The operation generateApiKey at Adyen's side: makes a key, or says 401 to a management key that has ended. */
export type Process = (call: GenerateCall, managementKey: string) => string | 'unauthorized';

/** The client of generateApiKey as ports.ts documents it: it never throws, and repeats only what was not processed. */
export function createGenerateApiKeyPort(deps: {
  kernel: Kernel;
  faults: Faults;
  random: Random;
  facts: Facts;
  container: Container;
  trace: Trace;
  /** The chance of a fault. */
  adyen: number;
  process: Process;
  /** The rotation whose record of intent this process has written last. */
  rotationOf: (credential: string) => string | undefined;
}): GenerateApiKey {
  const { kernel, faults, random, facts, container, trace, adyen, process, rotationOf } = deps;

  return async ({ credential, managementKey, deadline }): Promise<GenerateApiKeyOutcome> => {
    const path = credentialPath(credential);
    const startedAt = container.clock();
    for (let attempts = 1; ; attempts += 1) {
      const timeLeft = Math.min(TIMEOUT_MS, deadline - container.clock());
      const outcome = timeLeft > 0 ? await send(path, managementKey.reveal(), timeLeft) : UNREACHED;
      const pause = attempts < MAX_ATTEMPTS ? pauseAfter(outcome, attempts) : undefined;
      if (pause === undefined || container.clock() + pause >= deadline) {
        return { ...outcome, report: { attempts, durationMs: container.clock() - startedAt } };
      }
      await container.sleep(pause);
    }
  };

  function pauseAfter(outcome: Attempt, attempts: number): number | undefined {
    if (outcome.kind !== 'rejected') return undefined;
    const jitter = random.next() * Math.min(2_000, 200 * 2 ** attempts);
    if (outcome.code === 'upstream-unreachable') return jitter;
    const { retryAfter } = outcome;
    if (outcome.code !== 'upstream-throttled' || retryAfter === undefined) return undefined;
    return retryAfter <= SHORT_RETRY_AFTER_S ? retryAfter * 1000 + jitter : undefined;
  }

  async function send(credential: string, managementKey: string, timeLeft: number): Promise<Attempt> {
    if (!container.isAlive()) return new Promise(() => {});
    const answer = drawAnswer();
    const onProcess = faults.ofProcess();
    if (answer || onProcess) {
      trace?.(
        () => `${container.id}: generateApiKey meets "${[answer, onProcess].filter(Boolean).join(', ')}"`,
      );
    }
    const frozenAt = kernel.now();
    await interruptBefore(onProcess);
    const frozenMs = kernel.now() - frozenAt;
    // The client looks at its time once more, just before the bytes leave. It may be frozen after that look too.
    if (frozenMs >= timeLeft && random.chance(0.5)) return UNREACHED;
    const isCut = frozenMs > CONNECTION_LIFE_MS;
    // After a thaw the client's time may be over before the response is read.
    const isTooLate = onProcess === 'frozen before' && random.chance(0.5);
    const course = courseOf(
      isCut ? 'cut before' : (answer ?? (isTooLate ? 'cut after' : undefined)),
      timeLeft,
      random,
    );
    interruptAfter(onProcess);
    return run(course, credential, managementKey);
  }

  function drawAnswer(): Answer | undefined {
    const isOut = faults.isOut('adyen');
    if (!isOut && faults.isOut('adyen-role')) {
      faults.count('generateApiKey without the role');
      return 'forbidden';
    }
    if (!isOut && !faults.happens(adyen)) return undefined;
    const answer = random.weighted<Answer>(isOut ? ANSWERS_IN_OUTAGE : ANSWERS);
    faults.count(isOut ? 'adyen outage' : `generateApiKey ${answer}`);
    return answer;
  }

  /** The process may end or stand still between its decision to send and the request. */
  function interruptBefore(fault: ProcessFault | undefined): Promise<void> {
    if (fault === 'killed before') container.kill();
    if (fault === 'frozen before') container.freeze(freezeMs());
    return new Promise((resolve) => container.resume(resolve));
  }

  /** It may do so while the call is under way. */
  function interruptAfter(fault: ProcessFault | undefined): void {
    if (fault === 'killed after') kernel.after(random.between(50, 2_000), container.kill);
    if (fault === 'frozen after') kernel.after(random.between(5, 500), () => container.freeze(freezeMs()));
  }

  function run(
    { processedAfter, respondedAfter, response }: Course,
    credential: string,
    managementKey: string,
  ): Promise<Attempt> {
    const call: GenerateCall = {
      id: facts.calls.length,
      credential,
      container: container.id,
      sentAt: kernel.now(),
      rotationId: rotationOf(credential),
    };
    facts.calls.push(call);
    let result: string | undefined;
    if (processedAfter !== undefined) {
      kernel.after(processedAfter, () => {
        result = process(call, managementKey);
      });
    }
    return new Promise((resolve) => {
      kernel.after(respondedAfter, () =>
        container.resume(() => resolve(response === 'result' ? read(result, call) : giveUp(call, response))),
      );
    });
  }

  function read(result: string | undefined, call: GenerateCall): Attempt {
    if (result === undefined || result === 'unauthorized') {
      return giveUp(call, { kind: 'rejected', code: 'upstream-unauthorized' });
    }
    call.keyReceivedAt = kernel.now();
    return { kind: 'key', apiKey: new Secret(result) };
  }

  function giveUp(call: GenerateCall, outcome: NoKey): NoKey {
    call.givenUpAt = kernel.now();
    return outcome;
  }

  function freezeMs(): number {
    return LONGEST_FREEZE_MS * random.next() ** 3;
  }
}
