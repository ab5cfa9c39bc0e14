import { createLog } from '../cloudwatch/log.ts';
import { httpChain } from '../http/http-chain.ts';
import { PAGE_POLICY } from '../http/pages/page.ts';
import { problemList, problemPage } from '../http/problems/problem-page.ts';

/** `GET /problems/{code}`: the page to which the `type` of a problem links. `GET /problems` has all of them. */
export const handler = httpChain(createLog(), PAGE_POLICY).handler(async (event) =>
  event.routeKey === 'GET /problems' ? problemList(event) : problemPage(event),
);
