import type {
  PERMANENT_FAILURE_CODES,
  RefusedEventCode,
  TEMPORARY_FAILURE_CODES,
} from '../../rotation/failure-codes.ts';
import type { UnknownRotation } from '../../rotation/rotation.ts';
import type { Refusal } from '../../rotation/rules.ts';

// The operations of the API, by their `operationId` in the OpenAPI document.
const LISTS = ['listRotationsOfCredential', 'listRotations', 'listKeyStates'] as const;
const KEYS = ['rotate', 'checkKey'] as const;
const READS = [...LISTS, 'getRotation', 'getKeyState'] as const;
const PROTECTED = [...KEYS, ...READS, 'acknowledge'] as const;
const ALL = [...PROTECTED, 'listProblems', 'explainProblem', 'health', 'openapi'] as const;

export type OperationId = (typeof ALL)[number];

/** What a problem code tells the caller. */
type ProblemEntry = Readonly<{
  status: number;
  title: string;
  /** What happened. */
  meaning: string;
  /** What it means for the API key in use. */
  key: string;
  /** What to do next. */
  next: string;
  /** Whether the same request may succeed later without a fix. */
  retryable: boolean;
  /** The operations that may respond with it, for the OpenAPI document. Empty: only events end with it. */
  operations: readonly OperationId[];
}>;

const UNTOUCHED = 'Nothing was sent to Adyen. The key in use is unchanged.';
const NOT_MADE = 'No key was made. The key in use is unchanged.';
const MAYBE_MADE =
  'Adyen may have made a new key that did not arrive. The key in use works for at least 24 more hours.';
const MAYBE_STARTED =
  'If a rotation had started, it ends as `unknown`: Adyen may have made a new key that did not arrive.';

type PermanentCode = (typeof PERMANENT_FAILURE_CODES)[number];
type TemporaryCode = (typeof TEMPORARY_FAILURE_CODES)[number];

/**
 * Every problem code that Keyturn puts into a response or into the audit. The problems table of the documentation, the
 * pages under `/problems/` and the responses in the OpenAPI document are made from it.
 */
export const PROBLEMS = {
  'malformed-request': {
    status: 400,
    title: 'The request is malformed',
    meaning: 'A parameter, a header or the body is not valid for this operation.',
    key: UNTOUCHED,
    next: 'Correct the request.',
    retryable: false,
    operations: [...KEYS, ...LISTS, 'getKeyState', 'acknowledge'],
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor is not valid',
    meaning: 'The cursor does not come from this listing with this query.',
    key: UNTOUCHED,
    next: 'Start again without a cursor.',
    retryable: false,
    operations: LISTS,
  },
  'listing-too-large': {
    status: 422,
    title: 'The listing is too large',
    meaning: 'The grants of the caller cover more accounts and API credentials than one listing can read.',
    key: UNTOUCHED,
    next: 'List the rotations of one API credential, or use a caller with narrower grants.',
    retryable: false,
    operations: ['listRotations'],
  },
  unauthenticated: {
    status: 401,
    title: 'The caller is not authenticated',
    meaning: 'The bearer token is missing, or its signature, issuer, audience or time is not valid here.',
    key: UNTOUCHED,
    next: 'Get a new access token for this API from the token issuer.',
    retryable: false,
    operations: PROTECTED,
  },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    meaning: 'The token lacks the scope, or the caller has no grant for this API credential.',
    key: UNTOUCHED,
    next: 'Ask the owner of Keyturn for the scope and the grant.',
    retryable: false,
    operations: PROTECTED,
  },
  'not-found': {
    status: 404,
    title: 'Nothing was found',
    meaning: 'The path names nothing that the caller may see.',
    key: UNTOUCHED,
    next: 'Check the path.',
    retryable: false,
    operations: ['getRotation', 'getKeyState', 'explainProblem'],
  },
  'rotation-in-progress': {
    status: 409,
    title: 'This API credential is being rotated',
    meaning: 'Another rotation of the same API credential has started and has not ended.',
    key: 'The other rotation may make a new key. This request sent nothing to Adyen.',
    next: 'Wait for at most `retryAfter` seconds, then check how the other rotation ended.',
    retryable: true,
    operations: ['rotate'],
  },
  'overlap-active': {
    status: 409,
    title: 'The previous key is still in use',
    meaning:
      'The last rotation was so recent that another one would retire a key that some consumers still use.',
    key: UNTOUCHED,
    next: 'Wait for the end of the overlap, or send `"force": true` with the scope `apikeys:force`.',
    retryable: true,
    operations: ['rotate'],
  },
  quarantined: {
    status: 409,
    title: 'The last rotation has an unknown outcome',
    meaning: 'Adyen may still process the call of the last rotation, which would then retire a newer key.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds. `force` does not end a quarantine.',
    retryable: true,
    operations: ['rotate'],
  },
  'content-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than 10 KiB.',
    key: UNTOUCHED,
    next: 'Send a smaller body.',
    retryable: false,
    operations: [...KEYS, 'acknowledge'],
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    meaning: 'The body has a content type other than `application/json`.',
    key: UNTOUCHED,
    next: 'Send `Content-Type: application/json`, or no body.',
    retryable: false,
    operations: [...KEYS, 'acknowledge'],
  },
  'unknown-key': {
    status: 422,
    title: 'No such key is known',
    meaning: 'No recent rotation of this API credential has made a key with this fingerprint.',
    key: UNTOUCHED,
    next: 'Send the first 16 hex digits of the SHA-256 of the key that is in use. Keyturn knows only keys that it has made, and of those the newest five.',
    retryable: false,
    operations: ['acknowledge'],
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    meaning: 'The same `Idempotency-Key` was sent with another body within the last 24 hours.',
    key: 'The earlier rotation is unchanged. This request sent nothing to Adyen.',
    next: 'Use a new idempotency key for a new request.',
    retryable: false,
    operations: ['rotate'],
  },
  'no-managed-secret': {
    status: 409,
    title: 'The API credential has no managed secret',
    meaning:
      'A check reads the key in use from the managed secret, and an event stores the new key there. This API credential has none.',
    key: UNTOUCHED,
    next: 'Name a secret for the API credential in `MANAGED_SECRETS`, or rotate over HTTP.',
    retryable: false,
    operations: ['checkKey'],
  },
  'upstream-bad-request': {
    status: 400,
    title: 'Adyen found the request malformed',
    meaning: 'Adyen responded with 400, 405 or 415.',
    key: NOT_MADE,
    next: 'See `upstream` for the reason.',
    retryable: false,
    operations: ['rotate'],
  },
  'credential-not-found': {
    status: 404,
    title: 'Adyen does not know this API credential',
    meaning: 'Adyen responded with 404 for this account and API credential.',
    key: NOT_MADE,
    next: 'Check the level, the account and the id of the API credential.',
    retryable: false,
    operations: ['rotate'],
  },
  'upstream-validation': {
    status: 422,
    title: 'Adyen rejected the request',
    meaning: 'Adyen responded with 422: it understood the request and will not carry it out.',
    key: NOT_MADE,
    next: 'See `upstream` for the reason.',
    retryable: false,
    operations: ['rotate'],
  },
  'upstream-unauthorized': {
    status: 502,
    title: 'Adyen rejected the management credential',
    meaning: 'Adyen responded with 401 to the management credential, also after Keyturn had read it again.',
    key: NOT_MADE,
    next: 'The owner of Keyturn must store a management key that works.',
    retryable: false,
    operations: ['rotate'],
  },
  'upstream-forbidden': {
    status: 502,
    title: 'The management credential lacks a role',
    meaning: 'Adyen responded with 403 to the management credential.',
    key: NOT_MADE,
    next: 'The owner of Keyturn must give it the role "Management API—API credentials read and write".',
    retryable: false,
    operations: ['rotate'],
  },
  'upstream-failure': {
    status: 502,
    title: 'Adyen failed',
    meaning:
      'Adyen responded with an error of its own, or the connection was cut after the request was sent.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
    operations: ['rotate'],
  },
  'upstream-malformed': {
    status: 502,
    title: "Adyen's response cannot be read",
    meaning: 'Adyen reported success, and its response contains no readable key.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds. If it happens again, tell the owner of Keyturn.',
    retryable: true,
    operations: ['rotate'],
  },
  'upstream-timeout': {
    status: 504,
    title: 'Adyen did not respond in time',
    meaning: 'The request was sent, and no response arrived in time.',
    key: MAYBE_MADE,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
    operations: ['rotate'],
  },
  'key-undelivered': {
    status: 502,
    title: 'The new key could not be stored',
    meaning: 'Adyen made a key for an event, and Keyturn could not store it in the managed secret.',
    key: 'The new key is lost. The key in use works for at least 24 more hours.',
    next: 'The event is retried automatically. Check that Keyturn may write to the secret.',
    retryable: true,
    operations: [],
  },
  'upstream-throttled': {
    status: 503,
    title: 'Adyen asks for fewer requests',
    meaning: 'Adyen responded with 429.',
    key: NOT_MADE,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
    operations: ['rotate'],
  },
  'upstream-unreachable': {
    status: 503,
    title: 'Adyen cannot be reached',
    meaning: 'Several attempts to connect to Adyen failed.',
    key: NOT_MADE,
    next: 'Try again later.',
    retryable: true,
    operations: ['rotate'],
  },
  'audit-unavailable': {
    status: 503,
    title: 'The audit is not available',
    meaning: 'The audit table does not respond, and without an audit record there is no rotation.',
    key: UNTOUCHED,
    next: 'Try again later.',
    retryable: true,
    operations: ['rotate', ...READS],
  },
  'management-credential-unavailable': {
    status: 503,
    title: 'The management credential cannot be read',
    meaning:
      'The secret that holds the management credential cannot be read, or its content is not a credential.',
    key: UNTOUCHED,
    next: 'Try again later. If it happens again, the owner of Keyturn must check the secret.',
    retryable: true,
    operations: ['rotate'],
  },
  'managed-secret-unavailable': {
    status: 503,
    title: 'The managed secret cannot be read',
    meaning: 'The managed secret of the API credential does not exist, or Keyturn cannot read it.',
    key: UNTOUCHED,
    next: 'Try again later. If it happens again, the owner of Keyturn must check the secret.',
    retryable: true,
    operations: KEYS,
  },
  'settings-unavailable': {
    status: 503,
    title: 'The settings are not available',
    meaning: 'The list of grants or of managed secrets in AppConfig was never read successfully.',
    key: UNTOUCHED,
    next: 'Try again later. If it happens again, the owner of Keyturn must check the document in AppConfig.',
    retryable: true,
    operations: PROTECTED,
  },
  'issuer-unavailable': {
    status: 503,
    title: 'The token issuer cannot be reached',
    meaning: 'The public keys of the token issuer cannot be read, so the token cannot be verified.',
    key: UNTOUCHED,
    next: 'Try again later with the same token.',
    retryable: true,
    operations: PROTECTED,
  },
  timeout: {
    status: 504,
    title: 'Keyturn ran out of time',
    meaning: 'The time limit of the function was reached before it had a response.',
    key: MAYBE_STARTED,
    next: 'Try again after `retryAfter` seconds.',
    retryable: true,
    operations: ALL,
  },
  internal: {
    status: 500,
    title: 'Keyturn failed',
    meaning: 'Keyturn met an error that it does not expect.',
    key: MAYBE_STARTED,
    next: 'Tell the owner of Keyturn the `requestId`.',
    retryable: false,
    operations: ALL,
  },
} as const satisfies Record<string, ProblemEntry> &
  Record<PermanentCode, ProblemEntry & { retryable: false }> &
  Record<TemporaryCode | NonNullable<UnknownRotation['code']>, ProblemEntry & { retryable: true }> &
  Record<RefusedEventCode, ProblemEntry & { retryable: false }> &
  Record<Refusal['code'], ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEMS;

// Object.keys forgets the type of the keys, and the registry has no others.
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** Whether there is a problem with this code. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** The problems with which an operation may end. */
export function problemsOf(operation: OperationId): ProblemCode[] {
  return PROBLEM_CODES.filter((code) => PROBLEMS[code].operations.some((one) => one === operation));
}
