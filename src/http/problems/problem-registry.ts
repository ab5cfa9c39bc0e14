import type {
  PERMANENT_FAILURE_CODES,
  RefusedEventCode,
  TEMPORARY_FAILURE_CODES,
} from '../../rotation/failure-codes.ts';
import type { UnknownRotation } from '../../rotation/rotation.ts';
import type { Refusal } from '../../rotation/rules.ts';

/** What a problem code says to the caller. `key` is what it means for the API key in use. */
export type ProblemEntry = Readonly<{
  status: number;
  title: string;
  meaning: string;
  key: string;
  next: string;
  /** Whether the same request may succeed later, without anybody mending anything. */
  retryable: boolean;
}>;

const UNTOUCHED = 'Nothing was sent to Adyen. The key in use is as it was.';
const NOT_MADE = 'No key was made. The key in use is as it was.';
const MAYBE_MADE =
  'A key may have been made that nobody has seen. The key in use works for 24 hours more at least.';

type PermanentCode = (typeof PERMANENT_FAILURE_CODES)[number];
type PassingCode = (typeof TEMPORARY_FAILURE_CODES)[number];

/**
 * Every problem code of Keyturn's, in an answer or in the audit. The README's table and the pages under `/problems/`
 * come from here.
 */
export const PROBLEMS = {
  'malformed-request': {
    status: 400,
    title: 'The request is malformed',
    meaning: 'A parameter, a header or the body is not what the operation takes.',
    key: UNTOUCHED,
    next: 'Correct what `invalidFields` names.',
    retryable: false,
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor does not fit',
    meaning: 'The cursor is not one that this listing has given for this query.',
    key: UNTOUCHED,
    next: 'Begin again without a cursor.',
    retryable: false,
  },
  unauthenticated: {
    status: 401,
    title: 'The caller is not authenticated',
    meaning: 'There is no bearer token, or it is not valid here: signature, issuer, audience or time.',
    key: UNTOUCHED,
    next: 'Get a new access token for this API from the token issuer.',
    retryable: false,
  },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    meaning: 'The token lacks the scope, or the caller has no grant for this API credential.',
    key: UNTOUCHED,
    next: 'Ask the owner of Keyturn for the scope and the grant.',
    retryable: false,
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    meaning: 'The path names nothing that the caller may see.',
    key: UNTOUCHED,
    next: 'Check the path.',
    retryable: false,
  },
  'rotation-in-progress': {
    status: 409,
    title: 'This API credential is being rotated',
    meaning: 'Another rotation of the same API credential has started and not ended.',
    key: 'That rotation decides. This request sent nothing to Adyen.',
    next: 'Wait until `retryAfter` has passed at the latest, then look how that rotation ended.',
    retryable: true,
  },
  'overlap-active': {
    status: 409,
    title: 'The key before is still in use',
    meaning:
      'The last rotation was so recent that another would retire a key which some consumer still uses.',
    key: UNTOUCHED,
    next: 'Wait for the end of the overlap, or send `"force": true` with the scope `apikeys:force`.',
    retryable: true,
  },
  quarantined: {
    status: 409,
    title: 'The last rotation has an unknown outcome',
    meaning: 'A call that was not answered may still be processed late and would then retire a newer key.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds. `force` does not end a quarantine.',
    retryable: true,
  },
  'content-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is over 10 KiB.',
    key: UNTOUCHED,
    next: 'Send a smaller body.',
    retryable: false,
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    meaning: 'A body was sent with a content type other than `application/json`.',
    key: UNTOUCHED,
    next: 'Send `Content-Type: application/json`, or no body.',
    retryable: false,
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    meaning: 'The same `Idempotency-Key` came within 24 hours with another body.',
    key: 'The earlier rotation is not changed. This request sent nothing to Adyen.',
    next: 'Use a new idempotency key for a new request.',
    retryable: false,
  },
  'no-managed-secret': {
    status: 422,
    title: 'The API credential has no managed secret',
    meaning: 'An event asked for a key, and there is no secret to put it into.',
    key: UNTOUCHED,
    next: 'Name a secret for the API credential in `MANAGED_SECRETS`, or rotate over HTTP.',
    retryable: false,
  },
  'upstream-bad-request': {
    status: 400,
    title: 'Adyen found the request malformed',
    meaning: 'Adyen answered 400.',
    key: NOT_MADE,
    next: 'See `upstream` for what Adyen found wrong.',
    retryable: false,
  },
  'credential-not-found': {
    status: 404,
    title: 'Adyen does not know this API credential',
    meaning: 'Adyen answered 404 for this account and API credential.',
    key: NOT_MADE,
    next: 'Check the level, the account and the id of the API credential.',
    retryable: false,
  },
  'upstream-validation': {
    status: 422,
    title: 'Adyen refused the request',
    meaning: 'Adyen answered 422: it understood the request and will not carry it out.',
    key: NOT_MADE,
    next: 'See `invalidFields` and `upstream` for the reason.',
    retryable: false,
  },
  'upstream-unauthorized': {
    status: 502,
    title: 'Adyen refused the management credential',
    meaning: 'Adyen answered 401 to the stored management credential, also after it was read anew.',
    key: NOT_MADE,
    next: 'The owner of Keyturn must store a management key that works.',
    retryable: false,
  },
  'upstream-forbidden': {
    status: 502,
    title: 'The management credential lacks a role',
    meaning: 'Adyen answered 403 to the stored management credential.',
    key: NOT_MADE,
    next: 'The owner of Keyturn must give it the role "Management API—API credentials read and write".',
    retryable: false,
  },
  'upstream-failure': {
    status: 502,
    title: 'Adyen failed',
    meaning: 'Adyen answered with an error of its own, or the connection was cut after the request had left.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
  },
  'upstream-malformed': {
    status: 502,
    title: "Adyen's answer can not be read",
    meaning: 'Adyen answered with success, but there is no key in the answer.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds. If it happens again, tell the owner of Keyturn.',
    retryable: true,
  },
  'upstream-timeout': {
    status: 504,
    title: 'Adyen did not answer in time',
    meaning: 'The request had left and no answer came in time.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
  },
  'key-undelivered': {
    status: 502,
    title: 'The new key could not be kept',
    meaning: 'Adyen made a key for an event, and it could not be put into the managed secret.',
    key: 'The key that was made is lost. The key in use works for 24 hours more at least.',
    next: 'The event is tried again by itself. See whether Keyturn may write to the secret.',
    retryable: true,
  },
  'upstream-throttled': {
    status: 503,
    title: 'Adyen asks for fewer requests',
    meaning: 'Adyen answered 429.',
    key: NOT_MADE,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
  },
  'upstream-unreachable': {
    status: 503,
    title: 'Adyen can not be reached',
    meaning: 'No connection to Adyen could be made, in several tries.',
    key: NOT_MADE,
    next: 'Try again later.',
    retryable: true,
  },
  'audit-unavailable': {
    status: 503,
    title: 'The audit does not answer',
    meaning: 'The audit table does not answer, and without an audit record there is no rotation.',
    key: UNTOUCHED,
    next: 'Try again later.',
    retryable: true,
  },
  'management-credential-unavailable': {
    status: 503,
    title: 'The management credential can not be read',
    meaning: 'The secret that holds the management credential can not be read, or holds something else.',
    key: UNTOUCHED,
    next: 'Try again later. If it goes on, the owner of Keyturn must look at the secret.',
    retryable: true,
  },
  'issuer-unavailable': {
    status: 503,
    title: 'The token issuer can not be reached',
    meaning: 'The keys that would prove the token can not be read from its issuer.',
    key: UNTOUCHED,
    next: 'Try again later with the same token.',
    retryable: true,
  },
  timeout: {
    status: 504,
    title: 'Keyturn ran out of time',
    meaning: 'The function was about to be ended before it had an answer.',
    key: 'If a rotation had started, it ends as `unknown`, and a key may have been made that nobody has seen.',
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
  },
  internal: {
    status: 500,
    title: 'Keyturn failed',
    meaning: 'Something happened that Keyturn does not expect.',
    key: 'If a rotation had started, it ends as `unknown`, and a key may have been made that nobody has seen.',
    next: 'Tell the owner of Keyturn the `requestId`.',
    retryable: false,
  },
} as const satisfies Record<string, ProblemEntry> &
  Record<PermanentCode, ProblemEntry & { retryable: false }> &
  Record<PassingCode | NonNullable<UnknownRotation['code']>, ProblemEntry & { retryable: true }> &
  Record<RefusedEventCode, ProblemEntry & { retryable: false }> &
  Record<Refusal['code'], ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEMS;

// Every key of the registry is a code, and nothing else is.
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** Whether there is a problem of this name. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
