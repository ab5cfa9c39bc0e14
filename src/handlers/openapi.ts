import { createLog } from '../cloudwatch/log.ts';
import { httpChain } from '../http/http-chain.ts';
import { jsonResponse } from '../http/http-response.ts';
import { openApiDocument } from '../http/openapi/document.ts';

const response = jsonResponse(openApiDocument());

/** `GET /openapi.json`: the API's description. */
export const handler = httpChain(createLog()).handler(async () => ({ ...response }));
