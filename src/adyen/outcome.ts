import * as v from 'valibot';
import type { FailureCode, UncertaintyCode, UpstreamReport } from '../rotation/rotation.ts';
import { Secret } from '../secret.ts';
import { redact } from './redact.ts';
import { parseJson, readRestServiceError } from './rest-service-error.ts';
import type { UpstreamResponse } from './send.ts';

/** What one exchange adds to the report; attempts and duration are known to who counts them. */
export type ExchangeReport = Omit<UpstreamReport, 'attempts' | 'durationMs'>;

/**
 * What a `generateApiKey` call came to:
 * - `key`: a key was made and is in our hands;
 * - `no-content`: 204, accepted and no key given;
 * - `refused`: certainly no key was made;
 * - `uncertain`: a key may exist that nobody has seen.
 */
export type GenerateApiKeyOutcome =
  | Readonly<{ kind: 'key'; apiKey: Secret; report: ExchangeReport }>
  | Readonly<{ kind: 'no-content'; report: ExchangeReport }>
  | Readonly<{ kind: 'refused'; code: FailureCode; report: ExchangeReport; retryAfter?: number }>
  | Readonly<{ kind: 'uncertain'; code: UncertaintyCode; report: ExchangeReport }>;

/** The statuses that the operation's specification lists for "not done", and 429 (Adyen's rate limit). */
const REFUSALS = new Map<number, FailureCode>([
  [400, 'upstream-bad-request'],
  [401, 'upstream-unauthorized'],
  [403, 'upstream-forbidden'],
  [404, 'credential-not-found'],
  [422, 'upstream-validation'],
  [429, 'upstream-throttled'],
]);

const GeneratedKeySchema = v.object({
  apiKey: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,1024}$/)),
});

/**
 * Says what came back means. The HTTP status line decides; whatever it does not decide is `uncertain`, because
 * calling a made key "not made" would retire the key in use behind everybody's back.
 *
 * @param managementKey the key that was sent, so that no answer can echo it
 * @param now ms since the epoch, for a `Retry-After` given as a date
 */
export function interpret(
  exchange: UpstreamResponse,
  managementKey: Secret,
  now: number,
): GenerateApiKeyOutcome {
  switch (exchange.kind) {
    case 'unreached':
      return { kind: 'refused', code: 'upstream-unreachable', report: {} };
    case 'cut':
      return { kind: 'uncertain', code: 'upstream-failure', report: {} };
    case 'timed-out':
      return { kind: 'uncertain', code: 'upstream-timeout', report: {} };
    case 'answered':
      return interpretAnswer(exchange, managementKey, now);
  }
}

function interpretAnswer(
  { status, header, body }: Extract<UpstreamResponse, { kind: 'answered' }>,
  managementKey: Secret,
  now: number,
): GenerateApiKeyOutcome {
  const text = body.kind === 'complete' ? body.text : '';
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess) {
    const report = { status, ...requestIdOf(header, managementKey) };
    if (status === 204) return { kind: 'no-content', report };
    const generated = v.safeParse(GeneratedKeySchema, parseJson(text));
    if (generated.success) return { kind: 'key', apiKey: new Secret(generated.output.apiKey), report };
    return { kind: 'uncertain', code: uncertainBody(body.kind), report };
  }
  const report = {
    status,
    ...requestIdOf(header, managementKey),
    ...readRestServiceError(text, [managementKey]),
  };
  const code = REFUSALS.get(status);
  if (code === undefined) return { kind: 'uncertain', code: 'upstream-failure', report };
  const retryAfter = code === 'upstream-throttled' ? parseRetryAfter(header('retry-after'), now) : undefined;
  return { kind: 'refused', code, report, ...(retryAfter !== undefined && { retryAfter }) };
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
function requestIdOf(
  header: (name: string) => string | undefined,
  managementKey: Secret,
): { requestId?: string } {
  const requestId = header('pspreference') ?? header('request-id');
  return requestId === undefined ? {} : { requestId: redact(requestId, 64, [managementKey]) };
}

/** Seconds until `Retry-After` (RFC 9110 §10.2.3: seconds or a date), at most an hour. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - now) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), 3600);
}
