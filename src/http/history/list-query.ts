import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { STATUSES } from '../../rotation/lifecycle.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { ProblemError } from '../problems/problem.ts';
import { limit, parseQuery, time } from '../query.ts';
import { decodeCursor } from './cursor.ts';

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
  const { cursor, ...query } = parseQuery(CredentialListQuerySchema, event);
  return { ...query, ...(cursor !== undefined && { before: decodeCursor(cursor, NumberSchema) }) };
}

/** Reads the query of the listing of all rotations. `before` is the last position of the previous page. */
export function parseListQuery(event: APIGatewayProxyEventV2) {
  const { cursor, ...query } = parseQuery(ListQuerySchema, event);
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
