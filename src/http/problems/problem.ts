import * as v from 'valibot';
import { InvalidFieldSchema, UpstreamReportSchema } from '../../rotation/rotation.ts';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from './problem-registry.ts';

/** How long a `detail` may be (characters). */
const MAX_DETAIL = 1024;
/** A detail names a member only if it is there. */
const NAMES_FIELDS = 'The member `invalidFields` says what is wrong.';

/** What a problem shows of Adyen's response. `invalidFields` is a member of the problem itself; the rest is for the audit. */
export const UpstreamSchema = v.omit(UpstreamReportSchema, ['invalidFields', 'attempts', 'durationMs']);

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
  upstream: v.exactOptional(v.strictObject(UpstreamSchema.entries)),
});

export type Problem = v.InferOutput<typeof ProblemSchema>;

/** What one occurrence of a problem adds to the registry's entry for its code. */
type ProblemFields = Partial<
  Pick<Problem, 'detail' | 'rotationId' | 'retryAfter' | 'invalidFields' | 'upstream'>
> & {
  /** Headers that the response needs besides its content type. */
  headers?: Record<string, string>;
};

/**
 * Ends a request with a problem. The caller sees all of its fields, so none of them may be secret. A `cause` is not shown:
 * it goes to the log, as an error that someone has to look at.
 */
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
    detail: [detail, key, next, ...(invalidFields ? [NAMES_FIELDS] : [])].join(' ').slice(0, MAX_DETAIL),
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
