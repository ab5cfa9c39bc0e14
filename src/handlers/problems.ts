import { createLog } from '../cloudwatch/log.ts';
import { httpChain } from '../http/http-chain.ts';
import { problemPage } from '../http/problems/problem-page.ts';

/** `GET /problems/{code}`: what a problem's `type` leads a person to. */
export const handler = httpChain(createLog()).handler(async (event) => problemPage(event));
