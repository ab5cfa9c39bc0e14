import { createLog } from '../cloudwatch/log.ts';
import { jsonResponse } from '../http/history/json-response.ts';
import { httpChain } from '../http/http-chain.ts';
import { openApiDocument } from '../http/openapi/document.ts';

const answer = jsonResponse(openApiDocument());

/** `GET /openapi.json`: the API's description. */
export const handler = httpChain(createLog()).handler(async () => ({ ...answer }));
