import * as v from 'valibot';
import { InvalidFieldSchema } from '../../rotation/rotation.ts';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from './problem-registry.ts';

/** The most characters that a `detail` has. */
const MAX_DETAIL = 1024;

/** The one envelope of every error: RFC 9457 problem details, `application/problem+json`. */
export const ProblemSchema = v.strictObject({
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  detail: v.pipe(v.string(), v.maxLength(MAX_DETAIL)),
  instance: v.exactOptional(v.string()),
  code: v.picklist(PROBLEM_CODES),
  requestId: v.string(),
  rotationId: v.exactOptional(v.string()),
  retryable: v.boolean(),
  /** Seconds. */
  retryAfter: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  invalidFields: v.exactOptional(v.array(InvalidFieldSchema)),
  upstream: v.exactOptional(
    v.strictObject({
      status: v.exactOptional(v.number()),
      errorCode: v.exactOptional(v.string()),
      requestId: v.exactOptional(v.string()),
      type: v.exactOptional(v.string()),
      title: v.exactOptional(v.string()),
      detail: v.exactOptional(v.string()),
      instance: v.exactOptional(v.string()),
    }),
  ),
});

export type Problem = v.InferOutput<typeof ProblemSchema>;

/** What an occurrence adds to what the registry says of its code. */
export type ProblemFields = Partial<
  Pick<Problem, 'detail' | 'rotationId' | 'retryAfter' | 'invalidFields' | 'upstream'>
> & {
  /** Headers that the problem's answer needs besides its content type. */
  headers?: Record<string, string>;
};

/** Ends a request with a problem. Nothing in it may be secret: all of it is shown to the caller. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly fields: ProblemFields;

  constructor(code: ProblemCode, fields: ProblemFields = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.fields = fields;
  }
}

/** The envelope of a problem: what happened, what it means for the key, and what to do next. */
export function envelope({ code, fields }: ProblemError, requestId: string): Problem {
  const { title, status, meaning, key, next, retryable } = PROBLEMS[code];
  const { detail = meaning, rotationId, retryAfter, invalidFields, upstream } = fields;
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: `${detail} ${key} ${next}`.slice(0, MAX_DETAIL),
    ...(rotationId !== undefined && { instance: `/v1/rotations/${rotationId}` }),
    code,
    requestId,
    ...(rotationId !== undefined && { rotationId }),
    retryable,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(invalidFields !== undefined && { invalidFields }),
    ...(upstream !== undefined && { upstream }),
  };
}
