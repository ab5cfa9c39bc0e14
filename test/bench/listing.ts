import { BatchWriteCommand, type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createHistory, type History, type Listing } from '../../src/audit/history.ts';
import { positionOf, toItem } from '../../src/audit/item.ts';
import { register } from '../../src/audit/registry.ts';
import { parseCredentialPattern } from '../../src/rotation/credential-pattern.ts';
import { type AuditTable, startAuditTable, TABLE } from '../support/audit-table.ts';
import { anUnknown, aSucceeded } from '../support/rotations.ts';

export const FEW = 100;
export const MANY = 100_000;
const ACCOUNTS = 20;
const CREDENTIALS_OF_ACCOUNT = 5;
const CREDENTIALS = ACCOUNTS * CREDENTIALS_OF_ACCOUNT;
const BATCH = 25;
const LIMIT = 20;
const START = Date.parse('2026-01-01T00:00:00.000Z');

const credentialOf = (index: number) =>
  ({
    level: 'merchants',
    accountId: `${index % 2 === 0 ? 'OURS' : 'OTHERS'}_${index % ACCOUNTS}`,
    apiCredentialId: `S2-${index % CREDENTIALS}`,
  }) as const;

function rotationOf(index: number) {
  const fields = {
    id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    credential: credentialOf(index),
    number: Math.floor(index / CREDENTIALS) + 1,
    requestedAt: new Date(START + index * 60_000).toISOString(),
  };
  return index % 50 === 0 ? anUnknown(fields) : aSucceeded(fields);
}

async function fill({ client }: AuditTable, size: number): Promise<void> {
  for (let index = 0; index < CREDENTIALS; index += 1) await register(client, TABLE, credentialOf(index));
  for (let start = 0; start < size; start += BATCH) {
    const puts = Array.from({ length: Math.min(BATCH, size - start) }, (_, offset) => ({
      PutRequest: { Item: toItem(rotationOf(start + offset)) },
    }));
    await client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: puts } }));
  }
}

type Cost = { units: number; trips: number; rotations: number };

/** What one page costs: read units, round trips, and how many rotations it holds. */
export type ListingCost = Readonly<{ name: string; few: Cost; many: Cost }>;

/** Has every call say what it consumed, and adds that up. */
function meter(client: DynamoDBDocumentClient) {
  const cost = { units: 0, trips: 0 };
  client.middlewareStack.add(
    (next) => async (call) => {
      Object.assign(call.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(call);
      const { ConsumedCapacity = [] } = Object(result.output);
      cost.trips += 1;
      for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat()) cost.units += CapacityUnits;
      return result;
    },
    { step: 'initialize', name: 'meter' },
  );
  return async (read: () => Promise<number>): Promise<Cost> => {
    Object.assign(cost, { units: 0, trips: 0 });
    const rotations = await read();
    return { ...cost, rotations };
  };
}

async function measure(size: number): Promise<Map<string, Cost>> {
  const table = await startAuditTable();
  await fill(table, size);
  const history: History = createHistory(table.client, TABLE);
  const costOf = meter(table.client);
  const patterns = [parseCredentialPattern('merchants/OURS_*/apiCredentials/*')];
  const list =
    (listing: Partial<Listing> = {}) =>
    async () =>
      (await history.list({ patterns, limit: LIMIT, ...listing })).rotations.length;
  const middle = positionOf(rotationOf(Math.floor(size / 2)));
  const rows: [string, () => Promise<number>][] = [
    ['all rotations, first page', list()],
    ['all rotations, a page in the middle', list({ before: middle })],
    ['all rotations, by a rare status', list({ status: 'unknown' })],
    [
      'one API credential, first page',
      async () => (await history.ofCredential(credentialOf(0), LIMIT)).rotations.length,
    ],
    ['one rotation', async () => ((await history.byId(rotationOf(0).id, patterns)) ? 1 : 0)],
    ['instead: a scan with a filter', () => scan(table.client)],
  ];
  const costs = new Map<string, Cost>();
  for (const [name, read] of rows) costs.set(name, await costOf(read));
  await table.close();
  return costs;
}

/** What a listing without an index would do: read everything, and throw away the most. */
async function scan(client: DynamoDBDocumentClient): Promise<number> {
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
    start = page.LastEvaluatedKey;
  } while (start);
  return LIMIT;
}

/** What a page of each listing costs in a small and in a large table. */
export async function measureListings(): Promise<ListingCost[]> {
  const small = await measure(FEW);
  const large = await measure(MANY);
  return [...small].map(([name, few]) => ({ name, few, many: large.get(name) ?? few }));
}
