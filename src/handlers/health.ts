import { createLog } from '../cloudwatch/log.ts';
import { httpChain } from '../http/http-chain.ts';
import { VERSION } from '../version.ts';

/** `GET /health`: the function answers. It touches nothing else, so that a check costs nothing and breaks nothing. */
export const handler = httpChain(createLog()).handler(async () => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ status: 'ok', version: VERSION }),
}));
