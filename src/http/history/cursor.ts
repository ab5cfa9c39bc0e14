import * as v from 'valibot';
import { ProblemError } from '../problems/problem.ts';

/** Longer than any cursor that Keyturn makes (characters): one with an account and an id of 128 each has 358. */
const MAX_LENGTH = 512;

/**
 * Makes the cursor of a position: where the next page of a listing begins. A cursor grants nothing. What a caller may read
 * always comes from its request and its grants.
 */
export function encodeCursor(position: string): string {
  return Buffer.from(position, 'utf8').toString('base64url');
}

/** The position in a cursor. Throws `invalid-cursor` unless it has the form that the listing's schema describes. */
export function decodeCursor<T>(cursor: string, schema: v.GenericSchema<string, T>): T {
  const position = Buffer.from(cursor.slice(0, MAX_LENGTH), 'base64url').toString('utf8');
  const parsed = v.safeParse(schema, position);
  if (!parsed.success || encodeCursor(position) !== cursor) throw new ProblemError('invalid-cursor');
  return parsed.output;
}
