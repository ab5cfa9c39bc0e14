import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseStateConfig } from '../config/config.ts';
import { connect } from '../dynamodb/connect.ts';
import { createAuthentication } from '../http/auth/authenticate.ts';
import { requireScope } from '../http/auth/scope.ts';
import { httpChain } from '../http/http-chain.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { createStateEndpoint } from '../http/state/state-endpoint.ts';
import { createStateListEndpoint } from '../http/state/state-list-endpoint.ts';
import { awsClientOptions } from '../wiring/aws-client-options.ts';
import { wireSetting } from '../wiring/live-setting.ts';
import { preload } from '../wiring/preload.ts';
import { quiet } from '../wiring/quiet.ts';
import { wireState } from '../wiring/state.ts';
import { createTableClient } from '../wiring/table-client.ts';

const config = parseStateConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const aws = {
  table: createTableClient(),
  secretsManager: quiet(new SecretsManagerClient(awsClientOptions)),
};
const runtime = { aws, log, metrics, now };
const { states, listCredentials, refreshManagedSecrets } = wireState(config, runtime);
const { authenticate, preloadIssuer } = createAuthentication(config.oidc, now);
const grants = wireSetting('CALLER_GRANTS', config.grants, runtime);
const refreshSettings = () => Promise.all([grants.refresh(), refreshManagedSecrets()]);

const stateEndpoint = createStateEndpoint({ states, grants: grants.current });
const stateListEndpoint = createStateListEndpoint({ states, listCredentials, grants: grants.current });

await preload(preloadIssuer(), connect(aws.table, config.auditTableName), refreshSettings());

/** `GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}` and `GET /v1/apiCredentials` */
export const handler = httpChain(log)
  .use(requestMetrics(metrics))
  .handler(async (event) => {
    const caller = await authenticate(event);
    const reader = requireScope(caller, 'rotations:read');
    await refreshSettings();
    return event.routeKey === 'GET /v1/apiCredentials'
      ? stateListEndpoint(event, reader)
      : stateEndpoint(event, reader);
  });
