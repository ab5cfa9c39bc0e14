import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResponse } from './http-response.ts';
import { ProblemError } from './problems/problem.ts';
import { problemDetails } from './problems/problem-details.ts';
import { type CorrelatedLog, requestLog } from './request-log.ts';
import { responseHeaders } from './response-headers.ts';
import { securityHeaders } from './security-headers.ts';
import type { ContentSecurityPolicy } from './static/page-policy.ts';

/** How long before the end of the invocation (ms) a request that is still running gets its `timeout` response. */
const TIMEOUT_EARLY_MS = 250;
/** When a request that ran out of time may be sent again (s): the lease of its rotation has ended by then. */
const TIMEOUT_RETRY_AFTER_S = 60;

/**
 * What surrounds every HTTP handler: the log line, the one envelope for every error, the headers of every response and
 * the timeout. The handler itself decides whether the caller may do what it asks.
 *
 * middy runs `onError` from the last `use` to the first. So `problemDetails` sees an error first, `httpErrorHandler`
 * makes the response, and the three before them only read it or add headers.
 *
 * @param policy the Content-Security-Policy of a handler that serves a page
 */
export function httpChain(log: CorrelatedLog, policy?: ContentSecurityPolicy) {
  return middy<APIGatewayProxyEventV2, HttpResponse>({
    timeoutEarlyInMillis: TIMEOUT_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new ProblemError('timeout', { retryAfter: TIMEOUT_RETRY_AFTER_S });
    },
  })
    .use(securityHeaders(policy))
    .use(responseHeaders())
    .use(requestLog(log))
    .use(httpErrorHandler({ logger: false }))
    .use(problemDetails());
}
