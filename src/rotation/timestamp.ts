import * as v from 'valibot';

/** A time as every record, event and response of Keyturn has it: RFC 3339 in UTC, to the millisecond. */
export const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** @param ms milliseconds since the epoch */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
