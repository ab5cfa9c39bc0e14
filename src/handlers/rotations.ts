import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseReadConfig } from '../config/config.ts';
import { createHistory } from '../dynamodb/history.ts';
import { authenticate } from '../http/auth/authenticate.ts';
import { requireScope } from '../http/auth/authorize.ts';
import { createFetchDocument } from '../http/auth/fetch-document.ts';
import { createTokenVerifier } from '../http/auth/token-verifier.ts';
import { readEndpoints } from '../http/history/history-endpoints.ts';
import { httpChain } from '../http/http-chain.ts';
import type { AuthenticatedEvent } from '../http/http-event.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { awsClientOptions } from '../wiring/aws-client-options.ts';
import { preload } from '../wiring/preload.ts';

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
