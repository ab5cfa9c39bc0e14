import { v7 as uuidv7 } from 'uuid';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseRotateConfig } from '../config/config.ts';
import { connect } from '../dynamodb/connect.ts';
import { createAuthentication } from '../http/auth/authenticate.ts';
import { requireGrant } from '../http/auth/grant.ts';
import { requireScope } from '../http/auth/scope.ts';
import { httpChain } from '../http/http-chain.ts';
import { parseCredential } from '../http/parse-credential.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { createDryRunEndpoint } from '../http/rotate/dry-run-endpoint.ts';
import { createRotateEndpoint } from '../http/rotate/rotate-endpoint.ts';
import { parseRotateRequest } from '../http/rotate/rotate-request.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireDryRun } from '../wiring/dry-run.ts';
import { wireSetting } from '../wiring/live-setting.ts';
import { preload } from '../wiring/preload.ts';
import { wireRotation } from '../wiring/rotation.ts';

const config = parseRotateConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const runtime = { aws: createAwsClients(), log, metrics, now };
const rotation = wireRotation(config, runtime);
const { rotate, managementCredential, refreshManagedSecrets } = rotation;
const { authenticate, preloadIssuer } = createAuthentication(config.oidc, now);
const grants = wireSetting('CALLER_GRANTS', config.grants, runtime);
const refreshSettings = () => Promise.all([grants.refresh(), refreshManagedSecrets()]);

const rotateEndpoint = createRotateEndpoint({ rotate, now, newId: uuidv7 });
const dryRunEndpoint = createDryRunEndpoint({ dryRun: wireDryRun(config, runtime, rotation), now });

await preload(
  preloadIssuer(),
  connect(runtime.aws.table, config.auditTableName),
  managementCredential.preload(),
  refreshSettings(),
);

/** `POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey` */
export const handler = httpChain(log)
  .use(requestMetrics(metrics))
  .handler(async (event, context, { signal }) => {
    const caller = await authenticate(event);
    const permitted = requireScope(caller, 'apikeys:rotate');
    const target = parseCredential(event, permitted);
    await refreshSettings();
    const granted = requireGrant(grants.current(), target);
    const { dryRun, ...request } = parseRotateRequest(event, granted);
    if (dryRun) return dryRunEndpoint({ event, context, granted, force: request.request.force });
    return rotateEndpoint({ event, context, signal, granted, request });
  });
