/** Adyen rejected the call, and will reject the next one until someone fixes the cause. */
export const PERMANENT_FAILURE_CODES = [
  'upstream-bad-request',
  'upstream-unauthorized',
  'upstream-forbidden',
  'credential-not-found',
  'upstream-validation',
] as const;

/** Adyen did not process the call: the same call may succeed later. */
export const TEMPORARY_FAILURE_CODES = ['upstream-throttled', 'upstream-unreachable'] as const;

/** Why a call certainly made no key. */
export const FAILURE_CODES = [...PERMANENT_FAILURE_CODES, ...TEMPORARY_FAILURE_CODES] as const;

/** Why an event was refused: Adyen was not called. */
export const REFUSED_EVENT_CODES = ['malformed-request', 'forbidden', 'no-managed-secret'] as const;

/** Why a call may have made a key that Keyturn did not receive: the request left, and no readable response came back. */
export const UNCERTAINTY_CODES = ['upstream-failure', 'upstream-timeout', 'upstream-malformed'] as const;

/** Why it is unknown which key is the newest: an uncertain call, or a key that was made and could not be stored. */
export const UNKNOWN_CODES = [...UNCERTAINTY_CODES, 'key-undelivered'] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];
export type RefusedEventCode = (typeof REFUSED_EVENT_CODES)[number];
export type UncertaintyCode = (typeof UNCERTAINTY_CODES)[number];
export type UnknownCode = (typeof UNKNOWN_CODES)[number];

/** How long to wait after a temporary failure if Adyen does not say (s). */
export const DEFAULT_RETRY_AFTER_S = 60;

/** Whether the same call may succeed later. */
export function isTemporary(code: FailureCode | RefusedEventCode): boolean {
  return TEMPORARY_FAILURE_CODES.some((temporary) => temporary === code);
}
