import { createLog } from '../cloudwatch/log.ts';
import { httpChain } from '../http/http-chain.ts';
import { problemPage } from '../http/problems/problem-page.ts';

/** `GET /problems/{code}`: the page to which the `type` of a problem links. */
export const handler = httpChain(createLog()).handler(async (event) => problemPage(event));
