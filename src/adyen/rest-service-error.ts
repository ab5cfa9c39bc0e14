import * as v from 'valibot';
import type { UpstreamReport } from '../rotation/rotation.ts';
import type { Secret } from '../secret.ts';
import { cut, redaction } from './redact.ts';

/** "The user has insufficient rights to perform the requested operation" (https://docs.adyen.com/errors/forbidden). */
export const INSUFFICIENT_RIGHTS = '00_403';

const MAX_INVALID_FIELDS = 20;
const REQUEST_ID_LENGTH = 64;

/** A value of another type where text belongs is shown as JSON, or left out if there is none. */
const text = v.fallback(
  v.optional(
    v.pipe(
      v.unknown(),
      v.transform((value) => (typeof value === 'string' ? value : toJson(value))),
    ),
  ),
  undefined,
);

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // V8 reads lists within lists of a depth that it cannot write: the stack overflows.
    return '';
  }
}

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

/**
 * Reads an error body: bounded, and without what may give a secret away. HTML, an empty body or JSON of another shape have
 * no fields.
 *
 * @param requestId the request's id as a header gave it: that in the body comes first
 */
export function readRestServiceError(
  body: string,
  requestId: string | undefined,
  secrets: readonly Secret[],
): UpstreamError {
  const parsed = v.safeParse(RestServiceErrorSchema, parseJson(body));
  const error = parsed.success ? parsed.output : { invalidFields: [] };
  const fields = {
    type: cut(error.type ?? '', 256),
    errorCode: cut(error.errorCode ?? '', 64),
    title: cut(error.title ?? '', 256),
    detail: cut(error.detail ?? '', 512),
    instance: cut(error.instance ?? '', 256),
    requestId: cut(error.requestId || requestId || '', REQUEST_ID_LENGTH),
  };
  const invalidFields = error.invalidFields.slice(0, MAX_INVALID_FIELDS).map((field) => ({
    name: cut(field.name ?? '', 128),
    value: cut(field.value ?? '', 128),
    message: cut(field.message ?? '', 256),
  }));
  const show = redaction(
    [
      [...Object.values(fields), ...invalidFields.flatMap((field) => Object.values(field))],
      invalidFields.map(({ name }) => name),
      invalidFields.map(({ value }) => value),
      invalidFields.map(({ message }) => message),
    ],
    secrets,
  );
  return dropEmpty({
    type: show(fields.type),
    errorCode: show(fields.errorCode),
    title: show(fields.title),
    detail: show(fields.detail),
    instance: show(fields.instance),
    requestId: show(fields.requestId),
    invalidFields: invalidFields.map(({ name, value, message }) => ({
      name: show(name),
      ...dropEmpty({ value: show(value) }),
      message: show(message),
    })),
  });
}

/** The id that a header gives a request: bounded, and without what may give a secret away. */
export function readRequestId(
  requestId: string | undefined,
  secrets: readonly Secret[],
): Pick<UpstreamError, 'requestId'> {
  const id = cut(requestId ?? '', REQUEST_ID_LENGTH);
  return dropEmpty({ requestId: redaction([[id]], secrets)(id) });
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
