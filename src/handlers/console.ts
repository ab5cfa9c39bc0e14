import { createLog } from '../cloudwatch/log.ts';
import { parseConsoleConfig } from '../config/config.ts';
import { CONSOLE } from '../console/console.static.ts';
import type { PageConfig } from '../console/page-config.ts';
import { httpChain } from '../http/http-chain.ts';
import { jsonResponse } from '../http/http-response.ts';
import { ProblemError } from '../http/problems/problem.ts';
import { pagePolicy } from '../http/static/page-policy.ts';
import { createSiteEndpoint } from '../http/static/site-endpoint.ts';
import { VERSION } from '../version.ts';

const { clientId, issuer, audiences, scopes, connectTo } = parseConsoleConfig(process.env);
const siteEndpoint = createSiteEndpoint(CONSOLE);

/** `GET /console` and `GET /console/{file}`: the page, its files, and what the page must know to let people log in. */
export const handler = httpChain(createLog(), pagePolicy(connectTo)).handler(async (event) => {
  if (clientId === undefined) {
    const detail =
      'There is no console: CONSOLE_CLIENT_ID is not set. The README of src/console says what it is.';
    throw new ProblemError('not-found', { detail });
  }
  if (event.pathParameters?.file !== 'config.json') return siteEndpoint(event);
  const config: PageConfig = { issuer, clientId, audiences, scopes, version: VERSION };
  return jsonResponse(config);
});
