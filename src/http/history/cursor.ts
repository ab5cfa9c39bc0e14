import * as v from 'valibot';
import { ProblemError } from '../problems/problem.ts';

/** As long as any cursor of ours may be, and longer. */
const MAX_LENGTH = 256;

/**
 * Where the next page of a listing begins. A cursor holds that and nothing else: what may be read always comes from
 * the request and its caller.
 */
export function encodeCursor(position: string): string {
  return Buffer.from(position, 'utf8').toString('base64url');
}

/** The position in a cursor, if it is one that this listing can have given. Throws `invalid-cursor`. */
export function decodeCursor<T>(cursor: string, schema: v.GenericSchema<string, T>): T {
  const position = Buffer.from(cursor.slice(0, MAX_LENGTH), 'base64url').toString('utf8');
  const parsed = v.safeParse(schema, position);
  if (!parsed.success || encodeCursor(position) !== cursor) throw new ProblemError('invalid-cursor');
  return parsed.output;
}
