import { type FailedRotation, TEMPORARY_FAILURE_CODES } from './rotation.ts';

/** Waited where the upstream did not get to it and does not say for how long (s). */
export const DEFAULT_RETRY_AFTER_S = 60;

/** Whether the upstream did not get to it: asking again later may succeed. */
export function isTemporary(code: FailedRotation['code']): boolean {
  return TEMPORARY_FAILURE_CODES.some((passing) => passing === code);
}
