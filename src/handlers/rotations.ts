import { createLog } from '../cloudwatch/log.ts';
import { createMetrics } from '../cloudwatch/metrics.ts';
import { parseReadConfig } from '../config/config.ts';
import { connect } from '../dynamodb/connect.ts';
import { createHistory } from '../dynamodb/history.ts';
import { createAuthentication } from '../http/auth/authenticate.ts';
import { requireScope } from '../http/auth/scope.ts';
import { createHistoryEndpoints } from '../http/history/history-endpoints.ts';
import { httpChain } from '../http/http-chain.ts';
import { requestMetrics } from '../http/request-metrics.ts';
import { wireSetting } from '../wiring/live-setting.ts';
import { preload } from '../wiring/preload.ts';
import { createTableClient } from '../wiring/table-client.ts';

const config = parseReadConfig(process.env);
const log = createLog();
const metrics = createMetrics();
const now = Date.now;
const table = createTableClient();
const { authenticate, preloadIssuer } = createAuthentication(config.oidc, now);
const grants = wireSetting('CALLER_GRANTS', config.grants, { log, metrics, now });

const historyEndpoints = createHistoryEndpoints({
  history: createHistory(table, config.auditTableName),
  grants: grants.current,
});

await preload(preloadIssuer(), connect(table, config.auditTableName), grants.refresh());

/** The three routes that read the audit. */
export const handler = httpChain(log)
  .use(requestMetrics(metrics))
  .handler(async (event) => {
    const caller = await authenticate(event);
    const reader = requireScope(caller, 'rotations:read');
    await grants.refresh();
    return historyEndpoints(event, reader);
  });
