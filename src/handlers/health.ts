import { createLog } from '../cloudwatch/log.ts';
import { httpChain } from '../http/http-chain.ts';
import { jsonResponse } from '../http/http-response.ts';
import { VERSION } from '../version.ts';

/** `GET /health`: shows that the function responds. It calls nothing else: a check costs nothing and depends on nothing. */
export const handler = httpChain(createLog()).handler(async () =>
  jsonResponse({ status: 'ok', version: VERSION }),
);
