import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseConsumersConfig } from '../config/config.ts';
import { connect } from '../dynamodb/connect.ts';
import { createAuthentication } from '../http/auth/authenticate.ts';
import { requireGrant } from '../http/auth/grant.ts';
import { requireScope } from '../http/auth/scope.ts';
import { createAcknowledgeEndpoint } from '../http/consumers/acknowledge-endpoint.ts';
import { httpChain } from '../http/http-chain.ts';
import { parseCredential } from '../http/parse-credential.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireConsumers } from '../wiring/consumers.ts';
import { wireSetting } from '../wiring/live-setting.ts';
import { preload } from '../wiring/preload.ts';

const config = parseConsumersConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const runtime = { aws: createAwsClients(), log, metrics, now };
const { acknowledge } = wireConsumers(config, runtime);
const { authenticate, preloadIssuer } = createAuthentication(config.oidc, now);
const grants = wireSetting('CALLER_GRANTS', config.grants, runtime);

const acknowledgeEndpoint = createAcknowledgeEndpoint({ acknowledge });

await preload(preloadIssuer(), connect(runtime.aws.table, config.auditTableName), grants.refresh());

/** `PUT /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/consumers/{consumerId}` */
export const handler = httpChain(log)
  .use(requestMetrics(metrics))
  .handler(async (event) => {
    const caller = await authenticate(event);
    const permitted = requireScope(caller, 'apikeys:acknowledge');
    const target = parseCredential(event, permitted);
    await grants.refresh();
    return acknowledgeEndpoint(event, requireGrant(grants.current(), target));
  });
