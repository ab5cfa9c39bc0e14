import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { RotateApiKeySchema } from '../event-bus/rotate-api-key.ts';
import { LOCAL_EVENT_SOURCE } from '../local/settings.ts';
import { useLocalServices } from '../local/use-local-services.ts';
import { followRotation } from './follow-rotation.ts';

const USAGE = `Usage: npm run rotate -- <credential path> --reason <text> [--force] [--source ${LOCAL_EVENT_SOURCE}]

  credential path   such as merchants/ACME_NL/apiCredentials/S2-MANAGED-1; it must have a managed secret
  --reason          why, for the audit
  --force           also while the key before is still in use
  --source          the event's source: CALLER_GRANTS must name it, as "event:<source>"

Raises a RotateApiKey event on the bus EVENT_BUS_NAME, and follows the rotation in the table AUDIT_TABLE_NAME until the
new key is current. Both are found by the usual AWS settings. Without AUDIT_TABLE_NAME it is what \`npm start\` runs.
Ends with 0 if the new key is current, 1 if it is not, 2 if the event could not be raised.`;

type Request = Readonly<{
  detail: v.InferOutput<typeof RotateApiKeySchema>;
  source: string;
  tableName: string;
  eventBusName: string;
}>;

async function rotate({ detail, source, tableName, eventBusName }: Request): Promise<boolean> {
  const { reason: _reason, force: _force, ...credential } = detail;
  const bus = new EventBridgeClient({});
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const { Entries: [entry] = [] } = await bus.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: eventBusName,
          Source: source,
          DetailType: 'RotateApiKey',
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  if (!entry?.EventId) throw new Error(`The bus ${eventBusName} refused the event: ${entry?.ErrorCode}`);
  return followRotation({
    audit: createAuditLog(table, tableName),
    credential,
    source,
    eventId: entry.EventId,
    print: console.log,
  });
}

function readArguments(): Request {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      force: { type: 'boolean' },
      source: { type: 'string', default: LOCAL_EVENT_SOURCE },
    },
  });
  const [path, ...more] = positionals;
  const [level, accountId, apiCredentials, apiCredentialId, ...rest] = (path ?? '').split('/');
  if (more.length > 0 || rest.length > 0 || apiCredentials !== 'apiCredentials') {
    throw new Error('Name one credential path.');
  }
  const { reason, force } = values;
  const detail = v.safeParse(RotateApiKeySchema, {
    level,
    accountId,
    apiCredentialId,
    reason,
    ...(force && { force }),
  });
  if (!detail.success) {
    throw new Error(detail.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('\n'));
  }
  const { AUDIT_TABLE_NAME: tableName, EVENT_BUS_NAME: eventBusName } = process.env;
  if (!tableName || !eventBusName) throw new Error('AUDIT_TABLE_NAME and EVENT_BUS_NAME are required.');
  return { detail: detail.output, source: values.source, tableName, eventBusName };
}

function fail(error: unknown, more = ''): void {
  console.error(error instanceof Error ? error.message : error, more);
  process.exitCode = 2;
}

let request: Request | undefined;
try {
  useLocalServices(process.env);
  request = readArguments();
} catch (error) {
  fail(error, `\n\n${USAGE}`);
}
if (request) {
  try {
    process.exitCode = (await rotate(request)) ? 0 : 1;
  } catch (error) {
    fail(error);
  }
}
