import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { everyCredential, recordsOf } from '../dynamodb/found-records.ts';
import { useLocalServices } from '../local/use-local-services.ts';
import { type Anchor, parseAnchor } from '../rotation/anchor.ts';
import { parseCredentialPath } from '../rotation/api-credential.ts';
import { verifyChain } from '../rotation/verify-chain.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: npm run audit:verify -- <credential path | --all> [--anchor <anchor>]…

  credential path   for example merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D
  --anchor          a seal that was stored outside the table: the "anchor" of a log line

AUDIT_TABLE_NAME names the table; the usual AWS settings apply (AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …). Without it, the
table of \`npm start\` is verified.
The exit code is 0 if nothing is broken, 1 if something is broken or there is nothing to verify, 2 if the verification
could not be done.`;

type Arguments = Readonly<{
  tableName: string;
  credential: string | undefined;
  anchors: Anchor[];
  hint: string | undefined;
}>;

/** Verifies the chain of one API credential or of all, prints every break, and returns whether there is none. */
async function verify({ tableName, credential, anchors }: Arguments): Promise<boolean> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const progress = createProgress();
  const credentials =
    credential === undefined
      ? await everyCredential(client, tableName, (items) => progress(`${items} records found`))
      : new Set([credential]);
  for (const anchor of anchors) credentials.add(anchor.credential);

  let rotations = 0;
  let broken = 0;
  for (const [index, name] of [...credentials].sort().entries()) {
    const ownAnchors = anchors.filter((anchor) => anchor.credential === name);
    const verifyOnce = () => verifyChain(recordsOf(client, tableName, name), Date.now(), ownAnchors);
    const first = await verifyOnce();
    // A record may have changed between two pages of the read. A real break is still there the second time.
    const result = first.broken ? await verifyOnce() : first;
    rotations += result.rotations;
    progress(`${index + 1} of ${credentials.size} API credentials, ${rotations} rotations`);
    if (!result.broken) continue;
    broken += 1;
    const { number, reason, detail } = result.broken;
    console.log(`${name}: broken at number ${number}: ${reason} (${detail})`);
  }
  console.log(
    `${tableName}: ${credentials.size} API credentials, ${rotations} rotations, ${anchors.length} anchors: ` +
      `${broken === 0 ? 'no break' : `${broken} broken`}`,
  );
  if (rotations === 0) console.log('There is nothing to verify.');
  return broken === 0 && rotations > 0;
}

function readArguments(): Arguments {
  const hint = useLocalServices(process.env);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean' }, anchor: { type: 'string', multiple: true, default: [] } },
  });
  const [credential] = positionals;
  const isNamed = positionals.length === 1 && parseCredentialPath(credential ?? '') !== undefined;
  if (values.all ? positionals.length > 0 : !isNamed) {
    throw new Error('Name one credential path, or --all.');
  }
  const tableName = process.env.AUDIT_TABLE_NAME;
  if (!tableName) throw new Error('AUDIT_TABLE_NAME is required.');
  const anchors = values.anchor.map((text) => {
    const anchor = parseAnchor(text);
    if (!anchor) throw new Error(`Not an anchor: ${text}`);
    return anchor;
  });
  return { tableName, credential, anchors, hint };
}

await runCommand({
  usage: USAGE,
  readArguments,
  run: verify,
  hintOf: ({ hint, tableName }) => hint ?? `The table is ${tableName} (AUDIT_TABLE_NAME).`,
});
