import * as v from 'valibot';
import type { UpstreamReport } from '../rotation/rotation.ts';
import type { Secret } from '../secret.ts';
import { redact } from './redact.ts';

const MAX_INVALID_FIELDS = 20;

/** A value of another type where text belongs is shown as JSON, or left out if there is none. */
const text = v.fallback(
  v.optional(
    v.pipe(
      v.unknown(),
      v.transform((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))),
    ),
  ),
  undefined,
);

/**
 * Adyen's `RestServiceError` (Management API v3) as far as it can be trusted: every field may be missing or of
 * another type, and `status` is not read at all, since the HTTP status line is the truth.
 */
const RestServiceErrorSchema = v.object({
  type: text,
  errorCode: text,
  title: text,
  detail: text,
  instance: text,
  requestId: text,
  invalidFields: v.fallback(
    v.array(v.fallback(v.object({ name: text, value: text, message: text }), {})),
    [],
  ),
});

export type UpstreamError = Pick<
  UpstreamReport,
  'type' | 'errorCode' | 'title' | 'detail' | 'instance' | 'requestId' | 'invalidFields'
>;

/** Reads an error body. HTML, an empty body or JSON of another shape give an empty error. */
export function readRestServiceError(body: string, secrets: readonly Secret[]): UpstreamError {
  const parsed = v.safeParse(RestServiceErrorSchema, parseJson(body));
  if (!parsed.success) return {};
  const { type, errorCode, title, detail, instance, requestId, invalidFields } = parsed.output;
  const bounded = (value: string | undefined, max: number) => value && redact(value, max, secrets);
  return dropEmpty({
    type: bounded(type, 256),
    errorCode: bounded(errorCode, 64),
    title: bounded(title, 256),
    detail: bounded(detail, 512),
    instance: bounded(instance, 256),
    requestId: bounded(requestId, 64),
    invalidFields: invalidFields.slice(0, MAX_INVALID_FIELDS).map(({ name, value, message }) => ({
      name: bounded(name, 128) ?? '',
      ...dropEmpty({ value: bounded(value, 128) }),
      message: bounded(message, 256) ?? '',
    })),
  });
}

/** The parsed body, or `undefined` if it is not JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

type Filled<T> = { [K in keyof T]?: Exclude<T[K], undefined | ''> };

function dropEmpty<T extends Record<string, string | unknown[] | undefined>>(fields: T): Filled<T> {
  const filled = Object.entries(fields).filter(([, value]) => value !== undefined && value.length > 0);
  // Object.fromEntries forgets the keys' types; only empty values were taken out.
  return Object.fromEntries(filled) as Filled<T>;
}
