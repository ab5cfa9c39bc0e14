import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { STATUSES } from '../../rotation/lifecycle.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { malformed } from '../problems/malformed.ts';
import { ProblemError } from '../problems/problem.ts';
import { decodeCursor } from './cursor.ts';

const LIMIT_RULE = 'must be a number from 1 to 100';
const limit = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,2}$/, LIMIT_RULE),
    v.transform(Number),
    v.number(),
    v.integer(),
    v.minValue(1, LIMIT_RULE),
    v.maxValue(100, LIMIT_RULE),
  ),
  '20',
);

/** A time in RFC 3339, at most to the millisecond as in the records. Its output is in UTC, like the records. */
const time = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,3})?([Zz]|[+-]\d\d:\d\d)$/,
    'must be an RFC 3339 time with at most milliseconds',
  ),
  v.check(exists, 'must be a time that exists'),
  v.transform((text) => new Date(text).toISOString()),
  v.string(),
  // At the ends of the calendar, an offset leads to a year that does not have four digits.
  v.isoTimestamp('must be a time that exists'),
);

/** The query of `GET …/rotations` of one API credential. */
export const CredentialListQuerySchema = v.strictObject({ limit, cursor: v.exactOptional(v.string()) });

/** The query of `GET /v1/rotations`. */
export const ListQuerySchema = v.strictObject({
  limit,
  cursor: v.exactOptional(v.string()),
  from: v.exactOptional(time),
  to: v.exactOptional(time),
  status: v.exactOptional(v.picklist(STATUSES, `must be one of: ${STATUSES.join(', ')}`)),
});

const NumberSchema = v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}$/), v.transform(Number));
const PositionSchema = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#/),
  v.check((position) => v.is(RotationIdSchema, position.slice(position.indexOf('#') + 1))),
);

/** Reads the query of the listing of one API credential. `before` is the last number of the previous page. */
export function parseCredentialListQuery(event: APIGatewayProxyEventV2) {
  const { cursor, ...query } = parse(CredentialListQuerySchema, event);
  return { ...query, ...(cursor !== undefined && { before: decodeCursor(cursor, NumberSchema) }) };
}

/** Reads the query of the listing of all rotations. `before` is the last position of the previous page. */
export function parseListQuery(event: APIGatewayProxyEventV2) {
  const { cursor, ...query } = parse(ListQuerySchema, event);
  const { from = '', to = '~' } = query;
  if (from > to) {
    throw new ProblemError('malformed-request', {
      detail: 'The range ends before it begins.',
      invalidFields: [{ name: 'to', message: 'must not be before from' }],
    });
  }
  if (cursor === undefined) return query;
  const before = decodeCursor(cursor, PositionSchema);
  if (before < from || before > to) throw new ProblemError('invalid-cursor');
  return { ...query, before };
}

/** Whether the clock and the calendar have this time. `Date` accepts 24:00, and reads February 30 as March 2. */
function exists(time: string): boolean {
  const local = Date.parse(`${time.slice(0, 19).toUpperCase()}Z`);
  if (Number.isNaN(local) || Number.isNaN(Date.parse(time))) return false;
  return new Date(local).toISOString().startsWith(time.slice(0, 19).toUpperCase());
}

function parse<T extends v.GenericSchema>(schema: T, event: APIGatewayProxyEventV2): v.InferOutput<T> {
  const parsed = v.safeParse(schema, event.queryStringParameters ?? {});
  if (!parsed.success) throw malformed('The query is not valid for this operation.', 'query', parsed.issues);
  return parsed.output;
}
