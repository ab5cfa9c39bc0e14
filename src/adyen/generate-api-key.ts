import { credentialPath } from '../rotation/api-credential.ts';
import type { GenerateApiKey } from '../rotation/ports.ts';
import { Secret } from '../secret.ts';
import { followOne308 } from './follow-redirect.ts';
import { type Interpretation, interpret } from './interpret.ts';
import type { Send } from './send.ts';

const MAX_ATTEMPTS = 3;
const BACKOFF_BASE_MS = 200;
const BACKOFF_CAP_MS = 2_000;
/** A `Retry-After` of at most this (s) is waited for; a longer one is left to the caller. */
const SHORT_RETRY_AFTER_S = 2;

/**
 * Makes the call to Adyen's `generateApiKey` (Management API v3, both levels).
 *
 * It never throws. It repeats a call only if the previous one certainly was not processed: never reached, or
 * 429 with a short `Retry-After`. No attempt takes longer than `timeoutMs`, and none continues past the deadline.
 *
 * Each attempt has an `Idempotency-Key` of its own, which exists only here: an Adyen that honours it keeps the response,
 * API key included, for 31 days for the whole company account, and gives it to every request with the same key
 * (https://docs.adyen.com/development-resources/api-idempotency). The specification of the Management API does not list the
 * header, so nothing relies on it.
 */
export function createGenerateApiKey(options: {
  send: Send;
  /** Adyen's base URL with its version, without a slash at the end. */
  baseUrl: string;
  timeoutMs: number;
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
  random: () => number;
  /** A random UUID, version 4. */
  newIdempotencyKey: () => string;
}): GenerateApiKey {
  const { send, baseUrl, timeoutMs, now, sleep, random, newIdempotencyKey } = options;

  return async ({ credential, managementKey, deadline }) => {
    const url = new URL(`${baseUrl}/${credentialPath(credential)}/generateApiKey`);
    const startedAt = now();
    let attempts = 0;
    for (;;) {
      const timeLeft = Math.min(timeoutMs, deadline - now());
      attempts += 1;
      const until = now() + timeLeft;
      const idempotencyKey = new Secret(newIdempotencyKey());
      const post = (target: URL) =>
        send({
          method: 'POST',
          url: target,
          headers: { 'X-API-Key': managementKey.reveal(), 'Idempotency-Key': idempotencyKey.reveal() },
          timeoutMs: until - now(),
        });
      const response = timeLeft > 0 ? await followOne308(post, url) : ({ kind: 'unreached' } as const);
      const outcome = interpret(response, [managementKey, idempotencyKey], now());
      const pause = attempts < MAX_ATTEMPTS ? pauseBeforeRetry(outcome, attempts, random) : undefined;
      if (pause === undefined || now() + pause >= deadline) {
        return { ...outcome, report: { ...outcome.report, attempts, durationMs: now() - startedAt } };
      }
      await sleep(pause);
    }
  };
}

/** Full jitter (ms), so that callers that failed together do not come back together; `undefined` means "do not retry". */
function pauseBeforeRetry(
  outcome: Interpretation,
  attempts: number,
  random: () => number,
): number | undefined {
  if (outcome.kind !== 'rejected') return undefined;
  const jitter = random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempts);
  if (outcome.code === 'upstream-unreachable') return jitter;
  if (outcome.code !== 'upstream-throttled' || outcome.retryAfter === undefined) return undefined;
  return outcome.retryAfter <= SHORT_RETRY_AFTER_S ? outcome.retryAfter * 1000 + jitter : undefined;
}
