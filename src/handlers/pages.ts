import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createLog } from '../cloudwatch/log.ts';
import { parsePagesConfig } from '../config/config.ts';
import { DOCS } from '../http/docs/docs.static.ts';
import { DOCS_POLICY } from '../http/docs/split-page.ts';
import { httpChain } from '../http/http-chain.ts';
import { homePage } from '../http/pages/home-page.ts';
import { PAGE_POLICY } from '../http/pages/page.ts';
import { createSiteEndpoint } from '../http/static/site-endpoint.ts';
import { VERSION } from '../version.ts';

const { hasConsole } = parsePagesConfig(process.env);
const log = createLog();
const docsEndpoint = createSiteEndpoint(DOCS);

const home = httpChain(log, PAGE_POLICY).handler(async () => homePage({ hasConsole, version: VERSION }));
const docs = httpChain(log, DOCS_POLICY).handler(async (event) => docsEndpoint(event));

/** `GET /`: the front page. `GET /docs` and `GET /docs/{file}`: the page of the API, and its files. */
export async function handler(event: APIGatewayProxyEventV2, context: Context) {
  return event.routeKey === 'GET /' ? home(event, context) : docs(event, context);
}
