import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createHistory } from '../audit/history.ts';
import { awsClientOptions } from '../aws-client-options.ts';
import { parseReadConfig } from '../config.ts';
import { authenticate } from '../http/authenticate.ts';
import { requireScope } from '../http/authorize.ts';
import { createFetchDocument } from '../http/fetch-document.ts';
import { httpChain } from '../http/http-chain.ts';
import type { AuthenticatedEvent } from '../http/http-event.ts';
import { readEndpoints } from '../http/read-endpoints.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { createTokenVerifier } from '../http/token-verifier.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { preload } from './preload.ts';

const config = parseReadConfig(process.env);
const table = DynamoDBDocumentClient.from(new DynamoDBClient(awsClientOptions));
const tokenVerifier = createTokenVerifier(config.oidc, createFetchDocument());

await preload(tokenVerifier.preload());

/** The three routes that read the audit. */
export const handler = httpChain<AuthenticatedEvent>(createLog())
  .use(requestMetrics(createMetrics()))
  .use(authenticate(tokenVerifier.verify))
  .use(requireScope('rotations:read'))
  .handler(readEndpoints(createHistory(table, config.auditTableName), config.grants));
