import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import type { Log } from '../cloudwatch/log.ts';
import type { HttpEvent, HttpResponse } from './http-event.ts';
import { ProblemError } from './problems/problem.ts';
import { problemDetails } from './problems/problem-details.ts';
import { requestLog } from './request-log.ts';
import { responseHeaders } from './response-headers.ts';
import { securityHeaders } from './security-headers.ts';

/** Left for the answer when the function is about to be ended (ms). */
const TIMEOUT_EARLY_MS = 250;
/** When a request that ran out of time may be tried again (s): its rotation's lease is over by then. */
const TIMEOUT_RETRY_AFTER_S = 60;

/**
 * What surrounds every HTTP handler: one log line, the one envelope for whatever is thrown, the headers of every
 * answer. middy runs the error side from the last `use` to the first, so that `httpErrorHandler` comes after
 * everything that may throw, and what stands before it here only looks and adds headers.
 */
export function httpChain<E extends HttpEvent>(log: Log) {
  return middy<E, HttpResponse>({
    timeoutEarlyInMillis: TIMEOUT_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new ProblemError('timeout', { retryAfter: TIMEOUT_RETRY_AFTER_S });
    },
  })
    .use(securityHeaders())
    .use(responseHeaders())
    .use(requestLog(log))
    .use(httpErrorHandler({ logger: false }))
    .use(problemDetails());
}
