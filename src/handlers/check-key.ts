import * as v from 'valibot';
import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseCheckKeyConfig } from '../config/config.ts';
import { connect } from '../dynamodb/connect.ts';
import { createAuthentication } from '../http/auth/authenticate.ts';
import { requireGrant } from '../http/auth/grant.ts';
import { requireScope } from '../http/auth/scope.ts';
import { createCheckEndpoint } from '../http/check/check-endpoint.ts';
import { httpChain } from '../http/http-chain.ts';
import { parseCredential } from '../http/parse-credential.ts';
import { readJsonBody } from '../http/read-json-body.ts';
import { refuseQuery } from '../http/refuse-query.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { createAwsClients } from '../wiring/aws-clients.ts';
import { wireCheckKey } from '../wiring/check-key.ts';
import { wireSetting } from '../wiring/live-setting.ts';
import { preload } from '../wiring/preload.ts';
import { sleep } from '../wiring/sleep.ts';

/** The operation has no input but its path. */
const BodySchema = v.strictObject({}, 'must be an empty JSON object, or nothing');

const config = parseCheckKeyConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const runtime = { aws: createAwsClients(), log, metrics, now };
const { checkKey, managedSecretOf, refreshManagedSecrets } = wireCheckKey(config, runtime, sleep);
const { authenticate, preloadIssuer } = createAuthentication(config.oidc, now);
const grants = wireSetting('CALLER_GRANTS', config.grants, runtime);
const refreshSettings = () => Promise.all([grants.refresh(), refreshManagedSecrets()]);

const checkEndpoint = createCheckEndpoint({ checkKey, managedSecretOf, now, log, metrics });

await preload(preloadIssuer(), connect(runtime.aws.table, config.auditTableName), refreshSettings());

/** `POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check` */
export const handler = httpChain(log)
  .use(requestMetrics(metrics))
  .handler(async (event, context) => {
    const caller = await authenticate(event);
    const permitted = requireScope(caller, 'apikeys:rotate');
    const target = parseCredential(event, permitted);
    await refreshSettings();
    const granted = requireGrant(grants.current(), target);
    refuseQuery(event);
    readJsonBody(event, BodySchema);
    return checkEndpoint({ event, context, granted });
  });
