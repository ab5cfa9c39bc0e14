import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuditLog } from '../../../src/dynamodb/audit-log.ts';
import { createFindDue } from '../../../src/dynamodb/due-rotations.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../../src/local/dynamodb.ts';
import { type ApiCredential, credentialPath } from '../../../src/rotation/api-credential.ts';
import type { ClosedRotation, Rotation } from '../../../src/rotation/rotation.ts';
import { aFailed, anUnknown, aStarted, aSucceeded } from '../../support/rotations.ts';
import { createRandom, type Random } from '../kernel/random.ts';
import { createAuditTable } from './audit-table.ts';
import { createDueIndex } from './due-index.ts';

const TABLE = 'audit';
const CALLS = 800;
const HASHES = ['hash-1', 'hash-2'];
const CREDENTIALS: readonly ApiCredential[] = [
  { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-1' },
  { level: 'companies', accountId: 'ACME', apiCredentialId: 'S2-2' },
];

let dynamoDb: LocalDynamoDb;
let client: DynamoDBDocumentClient;
beforeAll(async () => {
  dynamoDb = await startDynamoDb(TABLE);
  client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: dynamoDb.url,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

/**
 * Any rotation that a process might want to write: often one whose number is taken, or that has ended already. Its id
 * decides how it ends and whether it has an idempotency key: no writer changes that.
 */
function anyRotation(random: Random): Rotation {
  const number = random.whole(1, 4);
  const kind = random.pick([0, 1, 2] as const);
  const minute = (most: number) =>
    new Date(Date.parse('2026-11-23T12:00:00.000Z') + random.whole(0, most) * 60_000).toISOString();
  // Mostly, so that the other conditions of a write are tried too.
  const isSameIntent = random.chance(0.9);
  const fields = {
    credential: random.pick(CREDENTIALS),
    number,
    id: `0198c0de-0000-7000-8000-00000000000${kind}`,
    requestId: `request-${isSameIntent ? 1 : 2}`,
    leaseExpiresAt: minute(isSameIntent ? 0 : 9),
    ...(HASHES[kind] !== undefined && { idempotencyHash: HASHES[kind] }),
  };
  if (random.chance(0.4)) return aStarted(fields);
  const closed = [aSucceeded(fields), aFailed(fields), anUnknown(fields)] as const;
  return anyClosed(random, closed[kind], minute(3));
}

function anyClosed(random: Random, rotation: ClosedRotation, dueAt: string): ClosedRotation {
  const entry = { at: dueAt, event: 'verified', chain: 'sha256:01' };
  const timeline = random.chance(0.5) ? rotation.timeline : [...rotation.timeline, entry];
  const chain = `sha256:0${random.whole(0, 1)}`;
  return {
    ...rotation,
    chain,
    timeline,
    ...(random.chance(0.5) && { outbox: { event: 'ApiKeyRotated', dueAt } }),
  };
}

it('The model of the audit table does what DynamoDB does, call by call', async () => {
  const random = createRandom('audit table');
  const audit = createAuditLog(client, TABLE);
  const findDue = createFindDue(client, TABLE);
  const index = createDueIndex((_ms, run) => run());
  const table = createAuditTable((_operation, rotation) => index.follow(rotation, 0));

  const outcomes = new Map<string, number>();
  for (let call = 0; call < CALLS; call += 1) {
    const { name, model, actual } = anyCall();
    const [expected, found] = [model(), await actual()];
    expect(found, `call ${call}: ${name}`).toEqual(expected);
    const outcome = `${name} ${typeof expected === 'string' ? expected : expected !== undefined}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  // Each call had each of its outcomes, or the comparison would say little.
  for (const write of ['insert', 'close', 'amend']) {
    expect(outcomes.get(`${write} written`), write).toBeGreaterThan(5);
    expect(outcomes.get(`${write} lost`), write).toBeGreaterThan(5);
  }

  function anyCall() {
    const rotation = anyRotation(random);
    const { credential, number } = rotation;
    const hash = random.pick(HASHES);
    const due = new Date(Date.parse('2026-11-23T12:00:00.000Z') + random.whole(0, 9) * 60_000);
    const calls = [
      {
        name: 'newest',
        model: () => table.newest(credential),
        actual: () => audit.newest(credential),
      },
      {
        name: 'findByIdempotencyHash',
        model: () => table.findByIdempotencyHash(credential, hash),
        actual: () => audit.findByIdempotencyHash(credential, hash),
      },
      {
        name: 'findByIdempotencyHash with an id',
        model: () => table.findByIdempotencyHash(credential, hash, rotation.id),
        actual: () => audit.findByIdempotencyHash(credential, hash, rotation.id),
      },
      {
        name: 'get',
        model: () => table.get(credentialPath(credential), number),
        actual: () => audit.get(credential, number),
      },
      {
        name: 'findDue',
        model: () => index.dueAt(due.toISOString()).map(nameOf).sort(),
        actual: async () => {
          const found: string[] = [];
          for await (const entry of findDue(due.getTime())) {
            found.push(nameOf({ ...entry, number: Number(entry.number) }));
          }
          return found.sort();
        },
      },
      {
        name: 'insert',
        model: () => table.insert(rotation),
        actual: () => audit.insert(rotation),
      },
      ...changesOf(rotation),
    ];
    return random.pick(calls);
  }

  /** Changes of a closed rotation: the stored record, an earlier state of it, or a record that was never stored. */
  function changesOf(rotation: Rotation) {
    if (rotation.status === 'started') return [];
    const stored = table.get(credentialPath(rotation.credential), rotation.number);
    const before = stored && stored.status !== 'started' && random.chance(0.7) ? stored : rotation;
    return [
      { name: 'close', model: () => table.close(rotation), actual: () => audit.close(rotation) },
      {
        name: 'amend',
        model: () => table.amend(rotation, before),
        actual: () => audit.amend(rotation, before),
      },
    ];
  }
});

function nameOf({ credential, number }: { credential: string; number: number }): string {
  return `${credential}#${number}`;
}
