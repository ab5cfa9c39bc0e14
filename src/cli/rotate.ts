import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type * as v from 'valibot';
import { createAuditLog } from '../dynamodb/audit-log.ts';
import { RotateApiKeySchema } from '../event-bus/rotate-api-key.ts';
import { fetchToken, LOCAL_CLIENT } from '../local/fetch-token.ts';
import { SERVICE_PORTS } from '../local/service-ports.ts';
import { LOCAL_EVENT_SOURCE } from '../local/settings.ts';
import { useLocalServices } from '../local/use-local-services.ts';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import { readBaseUrl } from './ask.ts';
import { isCampaign, readCampaignArguments, rotateMany } from './campaign/campaign.ts';
import { printDryRun } from './dry-run.ts';
import { followRotation } from './follow-rotation.ts';
import { putRotateEvent } from './put-rotate-event.ts';
import { readTableAndBus, readWith } from './read-arguments.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: npm run rotate -- <credential path> --reason <text> [--force] [--source ${LOCAL_EVENT_SOURCE}]
       npm run rotate -- <credential path> --dry-run [--force] [--url <url> --token <token>]

  credential path   for example merchants/ACME_NL/apiCredentials/S2-MANAGED-1; it must have a managed secret
  --reason          why the key is rotated, for the audit
  --force           rotate even while the previous key is still in use
  --source          the event's source; CALLER_GRANTS must name it as "event:<source>"
  --dry-run         check whether a rotation would work, over HTTPS, and change nothing; needs no managed secret
  --url             with --dry-run: the address of a deployed Keyturn. Without it, that of \`npm start\`
  --token           with --dry-run: an access token with the scope apikeys:rotate (and apikeys:force with --force).
                    Without it, one of the local issuer

Puts a RotateApiKey event on the bus EVENT_BUS_NAME and follows its rotation in the table AUDIT_TABLE_NAME until the new
key is current. The usual AWS settings apply. Without AUDIT_TABLE_NAME it uses the services of \`npm start\`.
The exit code is 0 if the new key is current, 1 if it is not, 2 if the event could not be put on the bus; of a dry run,
0 if a rotation would work now, 1 if not, 2 if Keyturn does not respond.

Many at once:  npm run rotate -- <pattern> --reason <text> [--yes] [--rate 2] [--campaign <id>] [--force] [--source …]

  pattern           for example 'merchants/ACME_*/apiCredentials/*', in quotes; * is any text in one part
  --yes             rotate without a question; needed where there is no terminal
  --rate            how many events are raised a second (2)
  --campaign        goes on with this campaign: no key is rotated twice in it

Lists the API credentials with a managed secret that the pattern covers, asks, raises their events, and follows them.
Without --force, those with a key that is younger than 24 hours are left out. Ctrl-C ends the command; the rotations that
have begun go on. The exit code is 0 if all new keys are current, 1 if one is not or there is nothing to rotate, 2 if a
service did not respond.`;

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
  const eventId = await putRotateEvent(new EventBridgeClient({}), eventBusName, source, detail);
  return followRotation({
    audit: createAuditLog(DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName),
    credential: { level, accountId, apiCredentialId },
    source,
    eventId,
    print: console.log,
  });
}

function readArguments(): Arguments | Parameters<typeof printDryRun>[0] {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      force: { type: 'boolean' },
      source: { type: 'string', default: LOCAL_EVENT_SOURCE },
      'dry-run': { type: 'boolean' },
      url: { type: 'string' },
      token: { type: 'string' },
    },
  });
  if (values['dry-run']) return readDryRun(values, positionals);
  if (values.url !== undefined || values.token !== undefined) {
    throw new Error('--url and --token are for --dry-run.');
  }
  const hint = useLocalServices(process.env);
  const { reason, force, source } = values;
  if (reason === undefined)
    throw new Error('--reason is missing. Say why the key is rotated, for the audit.');
  const detail = readWith(RotateApiKeySchema, {
    ...credentialOf(positionals),
    reason,
    ...(force && { force }),
  });
  return { detail, source, ...readTableAndBus(process.env), hint };
}

/** The dry run that the arguments ask for: of a deployed Keyturn, or of the one that `npm start` runs. */
function readDryRun(
  { url, token, reason, force }: { url?: string; token?: string; reason?: string; force?: boolean },
  positionals: readonly string[],
): Parameters<typeof printDryRun>[0] {
  if (url !== undefined && token === undefined) throw new Error('--url needs --token.');
  const credential = readWith(ApiCredentialSchema, credentialOf(positionals));
  const scope = force ? 'apikeys:rotate apikeys:force' : 'apikeys:rotate';
  return {
    url: readBaseUrl(url ?? `http://localhost:${process.env.PORT || SERVICE_PORTS.PORT.defaultPort}`),
    tokenOf: async () => token ?? fetchToken({ client: LOCAL_CLIENT, scope }),
    credential,
    reason,
    force,
  };
}

/** The parts of the one credential path among the arguments. The event's schema checks each part. */
function credentialOf(positionals: readonly string[]) {
  const [level, accountId, collection, apiCredentialId, ...more] = (positionals[0] ?? '').split('/');
  if (positionals.length !== 1 || more.length > 0 || collection !== 'apiCredentials') {
    throw new Error('Name one credential path, such as merchants/ACME_NL/apiCredentials/S2-MANAGED-1.');
  }
  return { level, accountId, apiCredentialId };
}

if (isCampaign(process.argv.slice(2))) {
  await runCommand({
    usage: USAGE,
    readArguments: readCampaignArguments,
    run: rotateMany,
    hintOf: ({ hint }) => hint,
  });
} else {
  await runCommand({
    usage: USAGE,
    readArguments,
    run: (values) => ('url' in values ? printDryRun(values) : rotate(values)),
    hintOf: (values) => ('hint' in values ? values.hint : undefined),
  });
}
