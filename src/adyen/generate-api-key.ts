import type { ApiCredential } from '../rotation/api-credential.ts';
import { credentialPath } from '../rotation/api-credential.ts';
import type { UpstreamReport } from '../rotation/rotation.ts';
import type { Secret } from '../secret.ts';
import { type GenerateApiKeyOutcome, interpret } from './outcome.ts';
import { followOne308 } from './redirect.ts';
import type { Send } from './send.ts';

const MAX_ATTEMPTS = 3;
const BACKOFF_BASE_MS = 200;
const BACKOFF_CAP_MS = 2_000;
/** A `Retry-After` of at most this (s) is waited for; a longer one is the caller's to wait. */
const SHORT_RETRY_AFTER_S = 2;

export type GenerateApiKeyRequest = Readonly<{
  credential: ApiCredential;
  managementKey: Secret;
  /** Sent as `Idempotency-Key` (at most 64 characters). Adyen need not honour it. */
  idempotencyKey: string;
  /** When the call must be over, waits and retries included (ms since the epoch). */
  deadline: number;
}>;

/** An outcome with its report complete. */
export type GenerateApiKeyResult = GenerateApiKeyOutcome & { readonly report: UpstreamReport };

export type GenerateApiKey = (request: GenerateApiKeyRequest) => Promise<GenerateApiKeyResult>;

/**
 * Makes the call to Adyen's `generateApiKey` (Management API v3, both levels).
 *
 * It never throws. It repeats a call only if the one before certainly was not processed: never reached, or
 * 429 with a short `Retry-After`. No attempt takes longer than `timeoutMs`, and none goes on past the deadline.
 */
export function createGenerateApiKey(options: {
  send: Send;
  /** Adyen's base URL with its version, without a slash at the end. */
  baseUrl: string;
  timeoutMs: number;
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
  random: () => number;
}): GenerateApiKey {
  const { send, baseUrl, timeoutMs, now, sleep, random } = options;

  return async ({ credential, managementKey, idempotencyKey, deadline }) => {
    const url = new URL(`${baseUrl}/${credentialPath(credential)}/generateApiKey`);
    const startedAt = now();
    let attempts = 0;
    for (;;) {
      const timeLeft = Math.min(timeoutMs, deadline - now());
      attempts += 1;
      const until = now() + timeLeft;
      const post = (target: URL) =>
        send({
          method: 'POST',
          url: target,
          headers: { 'X-API-Key': managementKey.reveal(), 'Idempotency-Key': idempotencyKey },
          timeoutMs: until - now(),
        });
      const exchange = timeLeft > 0 ? await followOne308(post, url) : ({ kind: 'unreached' } as const);
      const outcome = interpret(exchange, managementKey, now());
      const pause = attempts < MAX_ATTEMPTS ? pauseBeforeRetry(outcome, attempts, random) : undefined;
      if (pause === undefined || now() + pause >= deadline) {
        return { ...outcome, report: { ...outcome.report, attempts, durationMs: now() - startedAt } };
      }
      await sleep(pause);
    }
  };
}

/** Full jitter (ms), so that callers who failed together do not come back together; `undefined` is "do not retry". */
function pauseBeforeRetry(
  outcome: GenerateApiKeyOutcome,
  attempts: number,
  random: () => number,
): number | undefined {
  if (outcome.kind !== 'refused') return undefined;
  const jitter = random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempts);
  if (outcome.code === 'upstream-unreachable') return jitter;
  if (outcome.code !== 'upstream-throttled' || outcome.retryAfter === undefined) return undefined;
  return outcome.retryAfter <= SHORT_RETRY_AFTER_S ? outcome.retryAfter * 1000 + jitter : undefined;
}
