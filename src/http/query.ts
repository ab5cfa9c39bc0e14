import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { malformed } from './problems/malformed.ts';

const LIMIT_RULE = 'must be a number from 1 to 100';
/** How many entries a page of a listing has at most. */
export const limit = v.optional(
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
export const time = v.pipe(
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

/** Whether the clock and the calendar have this time. `Date` accepts 24:00, and reads February 30 as March 2. */
function exists(time: string): boolean {
  const local = Date.parse(`${time.slice(0, 19).toUpperCase()}Z`);
  if (Number.isNaN(local) || Number.isNaN(Date.parse(time))) return false;
  return new Date(local).toISOString().startsWith(time.slice(0, 19).toUpperCase());
}

/** Reads the query of an operation. Throws `malformed-request`. */
export function parseQuery<T extends v.GenericSchema>(
  schema: T,
  event: APIGatewayProxyEventV2,
): v.InferOutput<T> {
  const parsed = v.safeParse(schema, event.queryStringParameters ?? {});
  if (!parsed.success) throw malformed('The query is not valid for this operation.', 'query', parsed.issues);
  return parsed.output;
}
