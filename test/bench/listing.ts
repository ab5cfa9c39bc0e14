import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { indexCredential } from '../../src/dynamodb/credential-index.ts';
import { createHistory } from '../../src/dynamodb/history.ts';
import { parseCredentialPattern } from '../../src/rotation/credential-pattern.ts';
import { type Listing, positionOf } from '../../src/rotation/history.ts';
import { auditTableAt, startAuditTable, TABLE } from '../support/audit-table.ts';
import { anUnknown, aSucceeded } from '../support/rotations.ts';
import { fill } from './fill.ts';
import { startMeter } from './meter.ts';

/** The rotations in the small and in the large table. */
export const FEW = 100;
export const MANY = 100_000;
const ACCOUNTS = 20;
const CREDENTIALS_OF_ACCOUNT = 5;
const CREDENTIALS = ACCOUNTS * CREDENTIALS_OF_ACCOUNT;
const LIMIT = 20;
const START = Date.parse('2026-01-01T00:00:00.000Z');

type Cost = { units: number; trips: number; rotations: number };

/** What one page costs in a small and in a large table: read units, round trips, and the rotations on it. */
export type ListingCost = Readonly<{ name: string; few: Cost; many: Cost }>;

/** A read, which returns the number of rotations that it found. */
type Read = () => Promise<number>;

/** Measures a page of each listing in a small and in a large table. */
export async function measureListings(): Promise<ListingCost[]> {
  const small = await measure(FEW);
  const large = await measure(MANY);
  return [...small].map(([name, few]) => ({ name, few, many: large.get(name) ?? few }));
}

async function measure(size: number): Promise<Map<string, Cost>> {
  const table = await startAuditTable();
  for (let index = 0; index < CREDENTIALS; index += 1)
    await indexCredential(table.client, TABLE, credentialOf(index));
  await fill(table.client, TABLE, size, rotationOf);
  const meter = await startMeter(table.dynamoDb.url);
  const { client } = auditTableAt(meter.url);
  const costs = new Map<string, Cost>();
  for (const [name, read] of Object.entries(readsOf(client, size))) {
    meter.take();
    const rotations = await read();
    const { units, requests: trips } = meter.take();
    costs.set(name, { units, trips, rotations });
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
  const middle = positionOf(rotationOf(Math.floor(size / 2)));
  return {
    'all rotations, first page': () => list(),
    'all rotations, a page in the middle': () => list({ before: middle }),
    'all rotations, by a rare status': () => list({ status: 'unknown' }),
    'one API credential, first page': async () =>
      (await history.ofCredential(credentialOf(0), LIMIT)).rotations.length,
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
    apiCredentialId: `S2-${index % CREDENTIALS}`,
  } as const;
}

function rotationOf(index: number) {
  const fields = {
    id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    credential: credentialOf(index),
    number: Math.floor(index / CREDENTIALS) + 1,
    requestedAt: new Date(START + index * 60_000).toISOString(),
  };
  return index % 50 === 0 ? anUnknown(fields) : aSucceeded(fields);
}
