import { httpChain } from '../http/http-chain.ts';
import { problemPage } from '../http/problem-page.ts';
import { createLog } from '../log.ts';

/** `GET /problems/{code}`: what a problem's `type` leads a person to. */
export const handler = httpChain(createLog()).handler(async (event) => problemPage(event));
