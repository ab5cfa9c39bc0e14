import { v7 as uuidv7 } from 'uuid';
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
import { createAwsClients } from './aws-clients.ts';
import { preload } from './preload.ts';
import { wireRotation } from './wire-rotation.ts';

const config = parseConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const { rotate, storedCredential } = wireRotation(config, { aws: createAwsClients(), log, metrics, now });
const tokenVerifier = createTokenVerifier(config.oidc, createFetchDocument());

await preload(tokenVerifier.preload(), storedCredential.preload());

/** `POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey` */
export const handler = httpChain<RotateEvent>(log)
  .use(requestMetrics(metrics))
  .use(authenticate(tokenVerifier.verify))
  .use(requireScope('apikeys:rotate'))
  .use(parseCredential())
  .use(requireGrant(config.grants))
  .use(parseRotateRequest())
  .handler(rotateEndpoint(rotate, { now, newId: uuidv7 }));
