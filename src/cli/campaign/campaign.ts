import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { createAuditLog } from '../../dynamodb/audit-log.ts';
import { CampaignSchema, RotateApiKeySchema } from '../../event-bus/rotate-api-key.ts';
import { LOCAL_EVENT_SOURCE } from '../../local/settings.ts';
import { useLocalServices } from '../../local/use-local-services.ts';
import { KEY_LIFE_MS } from '../../rotation/carry.ts';
import { CREDENTIAL_PATTERN, parseCredentialPattern } from '../../rotation/credential-pattern.ts';
import { campaignKey, idempotencyHash } from '../../rotation/idempotency.ts';
import { createProgress, createProgressBar } from '../progress.ts';
import { putRotateEvent } from '../put-rotate-event.ts';
import { readTableAndBus, readWith } from '../read-arguments.ts';
import { isConfirmed } from './confirm.ts';
import { type Candidate, findCredentials } from './find-credentials.ts';
import { type CampaignResult, runCampaign } from './run-campaign.ts';
import { countsText, finished, listText, tableText } from './screen.ts';
import { isFinal } from './state.ts';

const DEFAULT_RATE = 2;
/** More would be more than one PutEvents at a time. */
const HIGHEST_RATE = 100;

const ArgumentsSchema = v.object({
  pattern: v.pipe(
    v.string(),
    v.regex(CREDENTIAL_PATTERN, 'must be such as merchants/ACME_*/apiCredentials/*'),
  ),
  reason: RotateApiKeySchema.entries.reason,
  force: v.boolean(),
  rate: v.pipe(
    v.string(),
    v.transform(Number),
    v.check((rate) => rate > 0 && rate <= HIGHEST_RATE, `must be above 0 and at most ${HIGHEST_RATE}`),
  ),
  campaign: CampaignSchema,
});

type Arguments = v.InferOutput<typeof ArgumentsSchema> &
  Readonly<{
    isConfirmed: boolean;
    source: string;
    tableName: string;
    eventBusName: string;
    hint: string | undefined;
  }>;

/** Whether the command line asks for many rotations. */
export function isCampaign(args: readonly string[]): boolean {
  return args.some(
    (argument) =>
      (argument.includes('*') && CREDENTIAL_PATTERN.test(argument)) ||
      /^--(campaign|rate|yes)(=|$)/.test(argument),
  );
}

/** Rotates all API credentials that a pattern covers, and returns whether all new keys are current. */
export async function rotateMany(values: Arguments): Promise<boolean> {
  const { pattern, reason, force, rate, campaign, source, tableName, eventBusName } = values;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const bus = new EventBridgeClient({});
  const audit = createAuditLog(client, tableName);
  const hash = idempotencyHash({ source: 'event', subject: source }, campaignKey(campaign));
  const found = await findCredentials({
    client,
    tableName,
    audit,
    pattern: parseCredentialPattern(pattern),
    hash,
    force,
    minIntervalMs: KEY_LIFE_MS,
    now: Date.now(),
    onProgress: createProgress(),
  });
  requireSameRequest(found.chosen, values);
  console.log(listText(found));
  if (found.chosen.length === 0) return false;
  if (!values.isConfirmed && !(await isConfirmed(`Rotate these ${found.chosen.length} keys?`))) {
    console.log('No key was rotated.');
    return false;
  }

  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const bar = createProgressBar();
  let last: CampaignResult = [];
  try {
    await runCampaign({
      candidates: found.chosen,
      hash,
      rate,
      audit,
      raise: async (credential) => {
        await putRotateEvent(bus, eventBusName, source, { ...credential, reason, force, campaign });
      },
      onChange(result) {
        last = result;
        bar.show(finished(result), result.length, countsText(result));
      },
      signal: interrupted.signal,
    });
  } finally {
    bar.end();
    console.log(tableText(campaign, last));
    if (!last.every(({ standing }) => isFinal(standing))) console.log(toGoOn(values));
  }
  return last.every(({ standing }) => standing.state === 'current');
}

/** The rotations of one campaign are one request: with another reason, an event that still waits would be refused. */
function requireSameRequest(candidates: readonly Candidate[], { reason, force, campaign }: Arguments): void {
  const other = candidates.find(
    ({ earlier }) => earlier && (earlier.reason !== reason || earlier.force !== force),
  )?.earlier;
  if (!other) return;
  throw new Error(
    `The campaign ${campaign} was begun with the reason "${other.reason}" and ${other.force ? '' : 'without '}--force. ` +
      'Go on with the same ones, or begin another campaign.',
  );
}

function toGoOn({ pattern, reason, force, campaign, source }: Arguments): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const more = `${force ? ' --force' : ''}${source === LOCAL_EVENT_SOURCE ? '' : ` --source ${quote(source)}`}`;
  return `The rotations that have begun go on. To go on with the campaign:\n  npm run -s rotate -- ${quote(pattern)} --reason ${quote(reason)} --campaign ${campaign}${more}`;
}

export function readCampaignArguments(): Arguments {
  const hint = useLocalServices(process.env);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      force: { type: 'boolean', default: false },
      source: { type: 'string', default: LOCAL_EVENT_SOURCE },
      yes: { type: 'boolean', default: false },
      rate: { type: 'string', default: String(DEFAULT_RATE) },
      campaign: { type: 'string', default: randomUUID() },
      'dry-run': { type: 'boolean' },
      url: { type: 'string' },
      token: { type: 'string' },
    },
  });
  const { source, yes, 'dry-run': isDryRun, url, token, ...others } = values;
  if (isDryRun || url !== undefined || token !== undefined) {
    throw new Error(
      '--dry-run, --url and --token are for one credential path, without --campaign, --rate and --yes.',
    );
  }
  if (others.reason === undefined)
    throw new Error('--reason is missing. Say why the keys are rotated, for the audit.');
  if (positionals.length !== 1) throw new Error('Name one pattern, in quotes.');
  const parsed = readWith(ArgumentsSchema, { ...others, pattern: positionals[0] });
  if (!yes && !process.stdin.isTTY) {
    throw new Error('There is no terminal in which to ask. Give --yes to rotate without a question.');
  }
  return { ...parsed, isConfirmed: yes, source, ...readTableAndBus(process.env), hint };
}
