import { type ApiCredential, credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Facts } from '../facts.ts';
import type { HttpRequest, HttpResponse } from '../http-response.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Trace } from '../kernel/remote-call.ts';
import type { Scenario } from '../scenarios.ts';

const USES_IDEMPOTENCY_KEY = 0.6;
const FORCES = 0.25;
/** How often a request is sent twice at once, as a client does that hedges. */
const HEDGES = 0.1;
/** How often a caller is impatient, and how long it waits then (ms). */
const IS_IMPATIENT = 0.05;
const IMPATIENT_MS = 6_000;
const PATIENT_MS = 35_000;
const MOST_TRIES = 6;
/** The pause of a caller that is not told when to ask again (ms). */
const PAUSE_MS = 5_000;
/** A caller does not wait for longer than this (ms). */
const LONGEST_WAIT_MS = 60 * 60_000;

/** Sends a request to Keyturn; `undefined`: the connection ended without a response. */
export type SendRequest = (request: HttpRequest) => Promise<HttpResponse | undefined>;

/** The applications that rotate over HTTP. */
export type HttpCallers = Readonly<{
  /** Lets one caller rotate, with the tries that this takes. */
  rotate(credential: ApiCredential, options?: { force?: boolean; idempotencyKey?: string }): Promise<void>;
}>;

export function createHttpCallers(deps: {
  kernel: Kernel;
  random: Random;
  faults: Faults;
  facts: Facts;
  trace: Trace;
  scenario: Scenario;
  send: SendRequest;
}): HttpCallers {
  const { kernel, random, faults, facts, trace, scenario, send } = deps;

  return {
    async rotate(credential, options = {}) {
      const { force = random.chance(FORCES), idempotencyKey = newIdempotencyKey() } = options;
      const subject = options.idempotencyKey === undefined ? `app-${random.whole(1, 3)}` : 'app-1';
      const request = () => ({
        credential,
        subject,
        requestId: random.uuid(),
        request: { force },
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      });
      if (random.chance(HEDGES)) void once(request());
      for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
        const response = await once(request());
        const pause = pauseAfter(response);
        if (pause === undefined || pause > LONGEST_WAIT_MS || !random.chance(scenario.callerRetries)) return;
        await kernel.sleep(pause * random.between(1, 1.3) + random.between(0, 2_000));
      }
    },
  };

  function newIdempotencyKey(): string | undefined {
    return random.chance(USES_IDEMPOTENCY_KEY) ? random.uuid() : undefined;
  }

  /** One request. If the caller has gone, or its connection is cut, its response is lost. */
  async function once(request: HttpRequest): Promise<HttpResponse | undefined> {
    await kernel.sleep(random.between(10, 200));
    const waits = random.chance(IS_IMPATIENT) ? IMPATIENT_MS : PATIENT_MS;
    const response = await Promise.race([send(request), kernel.sleep(waits)]);
    if (!response || faults.happens(scenario.aws)) return undefined;
    const { status, code, apiKey, rotationId } = response;
    facts.callers.push({
      at: kernel.now(),
      credential: credentialPath(request.credential),
      idempotencyKey: request.idempotencyKey,
      status,
      code,
      ...(apiKey !== undefined && { key: apiKey }),
      ...(rotationId !== undefined && { rotationId }),
    });
    trace?.(
      () => `CALLER ${request.subject} of ${credentialPath(request.credential)} reads ${status} ${code}`,
    );
    return response;
  }

  /** How long to wait before the next try (ms); `undefined`: the caller has what it can get. */
  function pauseAfter(response: HttpResponse | undefined): number | undefined {
    if (!response) return PAUSE_MS;
    if (response.status < 300) return undefined;
    return (
      response.retryAfterMs ?? (response.status >= 500 && response.code === 'timeout' ? PAUSE_MS : undefined)
    );
  }
}
