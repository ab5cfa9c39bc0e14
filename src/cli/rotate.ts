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
import { runCommand } from './run-command.ts';

const USAGE = `Usage: npm run rotate -- <credential path> --reason <text> [--force] [--source ${LOCAL_EVENT_SOURCE}]

  credential path   for example merchants/ACME_NL/apiCredentials/S2-MANAGED-1; it must have a managed secret
  --reason          why the key is rotated, for the audit
  --force           rotate even while the previous key is still in use
  --source          the event's source; CALLER_GRANTS must name it as "event:<source>"

Puts a RotateApiKey event on the bus EVENT_BUS_NAME and follows its rotation in the table AUDIT_TABLE_NAME until the new
key is current. The usual AWS settings apply. Without AUDIT_TABLE_NAME it uses the services of \`npm start\`.
The exit code is 0 if the new key is current, 1 if it is not, 2 if the event could not be put on the bus.`;

type Arguments = Readonly<{
  detail: v.InferOutput<typeof RotateApiKeySchema>;
  source: string;
  tableName: string;
  eventBusName: string;
  hint: string | undefined;
}>;

/** Puts the event on the bus, follows its rotation, and returns whether the new key is current. */
async function rotate({ detail, source, tableName, eventBusName }: Arguments): Promise<boolean> {
  const { level, accountId, apiCredentialId } = detail;
  const eventId = await putEvent(eventBusName, source, detail);
  return followRotation({
    audit: createAuditLog(DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName),
    credential: { level, accountId, apiCredentialId },
    source,
    eventId,
    print: console.log,
  });
}

async function putEvent(eventBusName: string, source: string, detail: object): Promise<string> {
  const { Entries: [entry] = [] } = await new EventBridgeClient({}).send(
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
  if (!entry?.EventId) throw new Error(`The bus ${eventBusName} rejected the event: ${entry?.ErrorCode}`);
  return entry.EventId;
}

function readArguments(): Arguments {
  const hint = useLocalServices(process.env);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      force: { type: 'boolean' },
      source: { type: 'string', default: LOCAL_EVENT_SOURCE },
    },
  });
  const { reason, force, source } = values;
  if (reason === undefined)
    throw new Error('--reason is missing. Say why the key is rotated, for the audit.');
  const detail = v.safeParse(RotateApiKeySchema, {
    ...credentialOf(positionals),
    reason,
    ...(force && { force }),
  });
  if (!detail.success) {
    throw new Error(detail.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('\n'));
  }
  const { AUDIT_TABLE_NAME: tableName, EVENT_BUS_NAME: eventBusName } = process.env;
  if (!tableName || !eventBusName) throw new Error('AUDIT_TABLE_NAME and EVENT_BUS_NAME are required.');
  return { detail: detail.output, source, tableName, eventBusName, hint };
}

/** The parts of the one credential path among the arguments. The event's schema checks each part. */
function credentialOf(positionals: readonly string[]) {
  const [level, accountId, collection, apiCredentialId, ...more] = (positionals[0] ?? '').split('/');
  if (positionals.length !== 1 || more.length > 0 || collection !== 'apiCredentials') {
    throw new Error('Name one credential path, such as merchants/ACME_NL/apiCredentials/S2-MANAGED-1.');
  }
  return { level, accountId, apiCredentialId };
}

await runCommand({ usage: USAGE, readArguments, run: rotate, hintOf: ({ hint }) => hint });
