import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createAuditLog } from '../../src/dynamodb/audit-log.ts';
import { createConsumerLog } from '../../src/dynamodb/consumers.ts';
import { indexEntries } from '../../src/dynamodb/credential-index.ts';
import { createListCredentials } from '../../src/dynamodb/credential-list.ts';
import { createHistory } from '../../src/dynamodb/history.ts';
import { accountOf, toItem } from '../../src/dynamodb/item.ts';
import type { ListPosition } from '../../src/rotation/credential-list.ts';
import { parseCredentialPattern } from '../../src/rotation/credential-pattern.ts';
import { type Listing, positionOf } from '../../src/rotation/history.ts';
import { createKeyStates } from '../../src/rotation/read-key-state.ts';
import { auditTableAt, startAuditTable, TABLE } from '../support/audit-table.ts';
import { anUnknown, aSucceeded, rules } from '../support/rotations.ts';
import { fill } from './fill.ts';
import { startMeter } from './meter.ts';

/** The API credentials in the small and in the large table: each has one rotation. */
export const FEW = 100;
export const MANY = 100_000;
const ACCOUNTS = 20;
const LIMIT = 20;
const START = Date.parse('2026-01-01T00:00:00.000Z');

type Cost = { units: number; trips: number; found: number };

/** What one page costs in a small and in a large table: read units, round trips, and the entries on it. */
export type ListingCost = Readonly<{ name: string; few: Cost; many: Cost }>;

/** A read, which returns the number of rotations or keys that it found. */
type Read = () => Promise<number>;

/** Measures a page of each listing in a small and in a large table. */
export async function measureListings(): Promise<ListingCost[]> {
  const small = await measure(FEW);
  const large = await measure(MANY);
  return [...small].map(([name, few]) => ({ name, few, many: large.get(name) ?? few }));
}

async function measure(size: number): Promise<Map<string, Cost>> {
  const table = await startAuditTable();
  await fill(table.client, TABLE, ACCOUNTS, (index) => indexEntries(credentialOf(index))[0]);
  await fill(table.client, TABLE, size, (index) => indexEntries(credentialOf(index))[1]);
  await fill(table.client, TABLE, size, (index) => toItem(rotationOf(index)));
  const meter = await startMeter(table.dynamoDb.url);
  const { client } = auditTableAt(meter.url);
  const costs = new Map<string, Cost>();
  for (const [name, read] of Object.entries(readsOf(client, size))) {
    meter.take();
    const found = await read();
    const { units, requests: trips } = meter.take();
    costs.set(name, { units, trips, found });
  }
  client.destroy();
  await meter.close();
  await table.close();
  return costs;
}

function readsOf(client: DynamoDBDocumentClient, size: number): Record<string, Read> {
  const history = createHistory(client, TABLE);
  const patterns = [parseCredentialPattern('merchants/OURS_*/apiCredentials/*')];
  const list = async (listing: Partial<Listing> = {}) => {
    const page = await history.list({ patterns, limit: LIMIT, ...listing });
    return page === 'too-large' ? 0 : page.rotations.length;
  };
  const middle = Math.floor(size / 2);
  const now = () => START + size * 60_000;
  const listCredentials = createListCredentials(client, TABLE);
  const states = createKeyStates({
    audit: createAuditLog(client, TABLE),
    consumers: createConsumerLog(client, TABLE, now),
    managedSecretOf: () => undefined,
    rules,
    now,
  });
  const listStates = async (after?: ListPosition) => {
    const { credentials } = await listCredentials(patterns, after, LIMIT);
    return (await Promise.all(credentials.map(states.readSummary))).length;
  };
  return {
    'all rotations, first page': () => list(),
    'all rotations, a page in the middle': () => list({ before: positionOf(rotationOf(middle)) }),
    'all rotations, by a rare status': () => list({ status: 'unknown' }),
    'all keys, first page': () => listStates(),
    'all keys, a page in the middle': () => {
      const credential = credentialOf(middle);
      return listStates({ account: accountOf(credential), id: credential.apiCredentialId });
    },
    'the state of one key': async () => ((await states.read(credentialOf(0))) ? 1 : 0),
    'one rotation': async () => ((await history.byId(rotationOf(0).id, patterns)) ? 1 : 0),
    'for comparison: a scan with a filter': () => scan(client),
  };
}

/** What a listing without an index would do: read the whole table and discard most of it. */
async function scan(client: DynamoDBDocumentClient): Promise<number> {
  let found = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: TABLE,
        FilterExpression: 'begins_with(account, :ours)',
        ExpressionAttributeValues: { ':ours': 'merchants/OURS_' },
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    found += page.Count ?? 0;
    start = page.LastEvaluatedKey;
  } while (start);
  return Math.min(found, LIMIT);
}

function credentialOf(index: number) {
  return {
    level: 'merchants',
    accountId: `${index % 2 === 0 ? 'OURS' : 'OTHERS'}_${index % ACCOUNTS}`,
    apiCredentialId: `S2-${index}`,
  } as const;
}

function rotationOf(index: number) {
  const fields = {
    id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    credential: credentialOf(index),
    number: 1,
    requestedAt: new Date(START + index * 60_000).toISOString(),
  };
  return index % 50 === 0 ? anUnknown(fields) : aSucceeded(fields);
}
