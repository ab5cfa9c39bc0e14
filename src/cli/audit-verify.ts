import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { everyCredential, recordsOf } from '../dynamodb/found-records.ts';
import { type Anchor, parseAnchor } from '../rotation/anchor.ts';
import { verifyChain } from '../rotation/verify-chain.ts';

const USAGE = `Usage: npm run audit:verify -- <credential path | --all> [--anchor <anchor>]…

  credential path   such as merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D
  --anchor          a seal that was kept elsewhere: the "anchor" of a log line

The table is AUDIT_TABLE_NAME, found by the usual AWS settings (AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …).
Ends with 0 if nothing was broken, 1 if something was or there was nothing to verify, 2 if it could not find out.`;

const PROGRESS_MS = 2_000;

type Request = Readonly<{ tableName: string; credential: string | undefined; anchors: Anchor[] }>;

/** Verifies the chains of one API credential or of all, and says whether none is broken. */
async function verify({ tableName, credential, anchors }: Request): Promise<boolean> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const progress = reportProgress();
  const credentials =
    credential === undefined
      ? await everyCredential(client, tableName, (items) => progress(`${items} records found`))
      : new Set([credential]);
  for (const anchor of anchors) credentials.add(anchor.credential);

  let rotations = 0;
  let broken = 0;
  for (const [index, name] of [...credentials].sort().entries()) {
    const own = anchors.filter((anchor) => anchor.credential === name);
    const look = () => verifyChain(recordsOf(client, tableName, name), Date.now(), own);
    const first = await look();
    // A record may have changed while the table was read, page by page. What is broken is so the second time too.
    const result = first.broken ? await look() : first;
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

/** Writes to standard error, and only about work that takes long. */
function reportProgress(): (text: string) => void {
  let last = Date.now();
  return (text) => {
    if (Date.now() - last < PROGRESS_MS) return;
    last = Date.now();
    console.error(`… ${text}`);
  };
}

function readArguments(): Request {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean' }, anchor: { type: 'string', multiple: true, default: [] } },
  });
  if ((values.all ? 0 : 1) !== positionals.length) throw new Error('Name one credential path, or --all.');
  const tableName = process.env.AUDIT_TABLE_NAME;
  if (!tableName) throw new Error('AUDIT_TABLE_NAME is required.');
  const anchors = values.anchor.map((text) => {
    const anchor = parseAnchor(text);
    if (!anchor) throw new Error(`Not an anchor: ${text}`);
    return anchor;
  });
  return { tableName, credential: positionals[0], anchors };
}

function fail(error: unknown, more = ''): void {
  console.error(error instanceof Error ? error.message : error, more);
  process.exitCode = 2;
}

let request: Request | undefined;
try {
  request = readArguments();
} catch (error) {
  fail(error, `\n\n${USAGE}`);
}
if (request) {
  try {
    process.exitCode = (await verify(request)) ? 0 : 1;
  } catch (error) {
    fail(error);
  }
}
