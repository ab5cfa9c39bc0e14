import * as v from 'valibot';
import { ApiKeySchema } from '../rotation/api-key.ts';
import type { FailureCode, UncertaintyCode } from '../rotation/failure-codes.ts';
import type { GenerateApiKeyOutcome } from '../rotation/ports.ts';
import type { Secret } from '../secret.ts';
import { parseJson, readRequestId, readRestServiceError } from './rest-service-error.ts';
import type { UpstreamResponse } from './send.ts';

/** An outcome without what only the loop over the attempts knows: their number and duration. */
export type Interpretation = WithoutTotals<GenerateApiKeyOutcome>;

type WithoutTotals<T> = T extends { report: infer Report }
  ? Omit<T, 'report'> & Readonly<{ report: Omit<Report, 'attempts' | 'durationMs'> }>
  : never;

/**
 * The statuses that mean "not done": those of Adyen's specification, 404 and 429 (its rate limit), and the two by which a
 * server refuses a request before it reads it (RFC 9110 §15.5.6 and §15.5.16).
 */
const REJECTIONS = new Map<number, FailureCode>([
  [400, 'upstream-bad-request'],
  [401, 'upstream-unauthorized'],
  [403, 'upstream-forbidden'],
  [404, 'credential-not-found'],
  [405, 'upstream-bad-request'],
  [415, 'upstream-bad-request'],
  [422, 'upstream-validation'],
  [429, 'upstream-throttled'],
]);

const GeneratedKeySchema = v.object({ apiKey: ApiKeySchema });

/**
 * Maps an upstream response to an outcome. The HTTP status line decides. Every status that it does not decide is
 * `uncertain`: a key that was made and is called "not made" would retire the key in use without a trace.
 *
 * @param sent the secrets in the request, so that no response can echo them
 * @param now ms since the epoch, for a `Retry-After` given as a date
 */
export function interpret(response: UpstreamResponse, sent: readonly Secret[], now: number): Interpretation {
  switch (response.kind) {
    case 'unreached':
      return { kind: 'rejected', code: 'upstream-unreachable', report: {} };
    case 'cut':
      return { kind: 'uncertain', code: 'upstream-failure', report: {} };
    case 'timed-out':
      return { kind: 'uncertain', code: 'upstream-timeout', report: {} };
    case 'responded':
      return interpretStatus(response, sent, now);
  }
}

function interpretStatus(
  { status, header, body }: Extract<UpstreamResponse, { kind: 'responded' }>,
  sent: readonly Secret[],
  now: number,
): Interpretation {
  const text = body.kind === 'complete' ? body.text : '';
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess) {
    const report = { status, ...readRequestId(requestIdOf(header), sent) };
    if (status === 204) return { kind: 'no-content', report };
    const generated = v.safeParse(GeneratedKeySchema, parseJson(text));
    if (generated.success) return { kind: 'key', apiKey: generated.output.apiKey, report };
    return { kind: 'uncertain', code: uncertainBody(body.kind), report };
  }
  const report = {
    status,
    ...readRestServiceError(text, requestIdOf(header), sent),
  };
  const code = REJECTIONS.get(status);
  if (code === undefined) return { kind: 'uncertain', code: 'upstream-failure', report };
  const retryAfter = code === 'upstream-throttled' ? parseRetryAfter(header('retry-after'), now) : undefined;
  return { kind: 'rejected', code, report, ...(retryAfter !== undefined && { retryAfter }) };
}

function uncertainBody(kind: 'complete' | 'cut' | 'timed-out' | 'too-large'): UncertaintyCode {
  switch (kind) {
    case 'cut':
      return 'upstream-failure';
    case 'timed-out':
      return 'upstream-timeout';
    case 'complete':
    case 'too-large':
      return 'upstream-malformed';
  }
}

/** Adyen names a request in the `pspReference` header; an edge before it may use `request-id`. */
function requestIdOf(header: (name: string) => string | undefined): string | undefined {
  return header('pspreference') ?? header('request-id');
}

/** Seconds until `Retry-After` (RFC 9110 §10.2.3: seconds or a date), at most an hour. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - now) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), 3600);
}
