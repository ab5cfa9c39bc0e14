import type { FailureCode, UncertaintyCode } from '../../../src/rotation/failure-codes.ts';
import type { Random } from '../kernel/random.ts';

/** How late Adyen may process a call whose caller is gone (ms after it was sent). */
const LATEST_MS = 15 * 60_000;

/** What can come of a call of generateApiKey, and how often if something goes wrong (relative to each other). */
export const ANSWERS = {
  unreached: 3,
  'cut before': 2,
  'cut after': 3,
  'timed out, not processed': 1,
  'timed out, processed': 2,
  'processed late': 3,
  'server error, not processed': 2,
  'server error, processed': 1,
  malformed: 1,
  'no content': 1.5,
  rejected: 1,
  throttled: 3,
  slow: 4,
};

/** The same in an outage: most calls have no effect. */
export const ANSWERS_IN_OUTAGE = {
  unreached: 6,
  'server error, not processed': 3,
  'timed out, processed': 1,
  'processed late': 1,
};

export type Answer = keyof typeof ANSWERS | 'forbidden';

const REJECTIONS: readonly FailureCode[] = [
  'upstream-bad-request',
  'upstream-unauthorized',
  'upstream-forbidden',
  'credential-not-found',
  'upstream-validation',
];

/** What the client makes of what came back, unless it is a key. */
export type NoKey =
  | Readonly<{ kind: 'no-content' }>
  | Readonly<{ kind: 'rejected'; code: FailureCode; retryAfter?: number }>
  | Readonly<{ kind: 'uncertain'; code: UncertaintyCode }>;

/** The course of a call. All times in ms from when it was sent. */
export type Course = Readonly<{
  /** When Adyen processes it, if it does. */
  processedAfter?: number;
  respondedAfter: number;
  /** `result`: what Adyen made. */
  response: 'result' | NoKey;
}>;

const uncertain = (code: UncertaintyCode): NoKey => ({ kind: 'uncertain', code });
export const UNREACHED: NoKey = { kind: 'rejected', code: 'upstream-unreachable' };

/**
 * Draws the course of a call with this answer.
 *
 * @param answer `undefined`: all is well
 * @param timeLeft after which the client gives up (ms)
 */
export function courseOf(answer: Answer | undefined, timeLeft: number, random: Random): Course {
  const quick = random.between(60, Math.min(900, timeLeft));
  const processed = { processedAfter: quick / 2, respondedAfter: quick };
  switch (answer) {
    case undefined:
      return { ...processed, response: 'result' };
    case 'slow': {
      const respondedAfter = random.between(timeLeft * 0.3, timeLeft * 0.98);
      return {
        processedAfter: random.between(1, respondedAfter - 1),
        respondedAfter,
        response: 'result',
      };
    }
    case 'unreached':
      return { respondedAfter: random.between(10, Math.min(timeLeft, 5_000)), response: UNREACHED };
    case 'cut before':
    case 'server error, not processed':
      return { respondedAfter: quick, response: uncertain('upstream-failure') };
    case 'cut after':
    case 'server error, processed':
      return { ...processed, response: uncertain('upstream-failure') };
    case 'malformed':
      return { ...processed, response: uncertain('upstream-malformed') };
    case 'timed out, not processed':
      return { respondedAfter: timeLeft, response: uncertain('upstream-timeout') };
    case 'timed out, processed':
      return {
        processedAfter: random.between(1, timeLeft),
        respondedAfter: timeLeft,
        response: uncertain('upstream-timeout'),
      };
    case 'processed late': {
      // Most late calls are a little late.
      const processedAfter = timeLeft + (LATEST_MS - timeLeft) * random.next() ** 2;
      return random.chance(0.5)
        ? { processedAfter, respondedAfter: timeLeft, response: uncertain('upstream-timeout') }
        : { processedAfter, respondedAfter: quick, response: uncertain('upstream-failure') };
    }
    case 'no content':
      return { respondedAfter: quick, response: { kind: 'no-content' } };
    case 'rejected':
      return { respondedAfter: quick, response: { kind: 'rejected', code: random.pick(REJECTIONS) } };
    case 'forbidden':
      return { respondedAfter: quick, response: { kind: 'rejected', code: 'upstream-forbidden' } };
    case 'throttled': {
      const retryAfter = random.pick([undefined, 1, 30, 600]);
      return {
        respondedAfter: quick,
        response: {
          kind: 'rejected',
          code: 'upstream-throttled',
          ...(retryAfter !== undefined && { retryAfter }),
        },
      };
    }
  }
}
