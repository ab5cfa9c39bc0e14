import { v7 as uuidv7 } from 'uuid';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseRotateConfig } from '../config/config.ts';
import { authenticate } from '../http/auth/authenticate.ts';
import { requireGrant, requireScope } from '../http/auth/authorize.ts';
import { createFetchDocument } from '../http/auth/fetch-document.ts';
import { createTokenVerifier } from '../http/auth/token-verifier.ts';
import { httpChain } from '../http/http-chain.ts';
import type { RotateEvent } from '../http/http-event.ts';
import { parseCredential } from '../http/parse-credential.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { rotateEndpoint } from '../http/rotate/rotate-endpoint.ts';
import { parseRotateRequest } from '../http/rotate/rotate-request.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { preload } from '../wiring/preload.ts';
import { wireRotation } from '../wiring/rotation.ts';

const config = parseRotateConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const { rotate, managementCredential } = wireRotation(config, { aws: createAwsClients(), log, metrics, now });
const tokenVerifier = createTokenVerifier(config.oidc, createFetchDocument());

await preload(tokenVerifier.preload(), managementCredential.preload());

/** `POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey` */
export const handler = httpChain<RotateEvent>(log)
  .use(requestMetrics(metrics))
  .use(authenticate(tokenVerifier.verify))
  .use(requireScope('apikeys:rotate'))
  .use(parseCredential())
  .use(requireGrant(config.grants))
  .use(parseRotateRequest())
  .handler(rotateEndpoint(rotate, { now, newId: uuidv7 }));
