import { httpChain } from '../http/http-chain.ts';
import { openApiDocument } from '../http/openapi.ts';
import { jsonAnswer } from '../http/read-answer.ts';
import { createLog } from '../log.ts';

const answer = jsonAnswer(openApiDocument());

/** `GET /openapi.json`: the API's description. */
export const handler = httpChain(createLog()).handler(async () => ({ ...answer }));
