import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { v7 as uuidv7 } from 'uuid';
import { createSend } from '../adyen/exchange.ts';
import { createGenerateApiKey } from '../adyen/generate-api-key.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { awsClientOptions } from '../aws-client-options.ts';
import { parseConfig } from '../config.ts';
import { authenticate } from '../http/authenticate.ts';
import { requireGrant, requireScope } from '../http/authorize.ts';
import { createFetchDocument } from '../http/fetch-document.ts';
import { httpChain } from '../http/http-chain.ts';
import type { RotateEvent } from '../http/http-event.ts';
import { parseCredential } from '../http/parse-credential.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { rotateEndpoint } from '../http/rotate-endpoint.ts';
import { parseRotateRequest } from '../http/rotate-request.ts';
import { createTokenVerifier } from '../http/token-verifier.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createRotate } from '../rotation/rotate.ts';
import { createStoredCredential } from '../secrets/stored-credential.ts';

const config = parseConfig(process.env);
const log = createLog();
const now = Date.now;

const rotate = createRotate({
  audit: createAuditLog(
    DynamoDBDocumentClient.from(new DynamoDBClient(awsClientOptions)),
    config.auditTableName,
  ),
  storedCredential: createStoredCredential(
    new SecretsManagerClient(awsClientOptions),
    config.managementCredentialSecretId,
    now,
  ),
  generateApiKey: createGenerateApiKey({
    send: createSend(),
    baseUrl: config.adyenUrl,
    timeoutMs: config.upstreamTimeoutMs,
    now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
  }),
  rules: config.rules,
  now,
  log,
});

/** `POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey` */
export const handler = httpChain<RotateEvent>(log)
  .use(requestMetrics(createMetrics()))
  .use(authenticate(createTokenVerifier(config.oidc, createFetchDocument())))
  .use(requireScope('apikeys:rotate'))
  .use(parseCredential())
  .use(requireGrant(config.grants))
  .use(parseRotateRequest())
  .handler(rotateEndpoint(rotate, { now, newId: uuidv7 }));
