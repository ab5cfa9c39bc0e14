import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConsumerLog } from '../src/dynamodb/consumers.ts';
import { createFindDue } from '../src/dynamodb/due-rotations.ts';
import type { ApiCredential } from '../src/rotation/api-credential.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { createSweep } from '../src/rotation/sweep.ts';
import { createWarnOfSwitch } from '../src/rotation/switch-overdue.ts';
import { type AuditTable, auditAt, auditTableAt, startAuditTable, TABLE } from './support/audit-table.ts';
import { logTo, metricsWith, silentLog } from './support/deps.ts';
import { startFaultyProxy } from './support/faulty-proxy.ts';
import { lambdaContext } from './support/http-event.ts';
import { type Keyturn, LOCAL_APP, startKeyturn } from './support/keyturn.ts';
import { runNode } from './support/process.ts';
import { NOON } from './support/rotations.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const isoTime = (ms: number) => new Date(ms).toISOString();

/** The sweep as the functions wire it, with some of its parts replaced. */
function sweepOver(
  client: DynamoDBDocumentClient,
  now: () => number,
  replaced: (audit: ReturnType<typeof auditAt>) => Partial<Parameters<typeof createSweep>[0]> = () => ({}),
  onLog?: (fields: Record<string, unknown>) => void,
) {
  const wired = auditAt(client, { now, ...(onLog && { onLog }) });
  const { audit, announce, clearOutbox, expire, recordKeyEvent, managedSecretOf } = wired;
  return createSweep({
    findDue: createFindDue(client, TABLE),
    managedSecretOf,
    audit,
    announce,
    clearOutbox,
    warnOfSwitch: createWarnOfSwitch({
      consumers: createConsumerLog(client, TABLE, now),
      announce,
      clearOutbox,
    }),
    recordKeyEvent,
    expire,
    now,
    log: silentLog,
    metrics: metricsWith(),
    ...replaced(wired),
  });
}

describe('the sweep', () => {
  let table: AuditTable;
  let time: number;
  let closed: string[];
  let failures: number;
  let logged: Record<string, unknown>[];
  beforeEach(async () => {
    table = await startAuditTable();
    time = NOON;
    closed = [];
    failures = 0;
    logged = [];
  });
  afterEach(() => table.close());

  const credentialNumber = (number: number) =>
    ({ level: 'merchants', accountId: 'ACME', apiCredentialId: `S2-${number}` }) as const;
  const leave = (number: number, leaseExpiresAt: number) =>
    table.write({
      credential: credentialNumber(number),
      requestedAt: isoTime(NOON - MINUTE_MS),
      status: 'started',
      leaseExpiresAt: isoTime(leaseExpiresAt),
    });
  const statusOf = async (number: number) => (await table.audit.newest(credentialNumber(number)))?.status;
  const sweepFor = (ms: number) => {
    const sweep = sweepOver(
      table.client,
      () => time,
      ({ expire }) => ({
        async expire(started) {
          const ended = await expire(started);
          closed.push(ended.rotation.id);
          time += SECOND_MS;
          return ended;
        },
        log: logTo((_message, fields) => logged.push(fields)),
        metrics: metricsWith({
          countSweepFailure: () => {
            failures += 1;
          },
        }),
      }),
      (fields) => logged.push(fields),
    );
    return sweep(time + ms);
  };

  it('closes each rotation past its lease as unknown, and no other rotation', async () => {
    const lost = await leave(1, NOON);
    await leave(2, NOON + 1);
    await table.write({ credential: credentialNumber(3), requestedAt: isoTime(NOON - MINUTE_MS) });
    expect(await sweepFor(MINUTE_MS)).toEqual({ closed: 1, raised: 0, failed: 0, isPartial: false });
    expect([await statusOf(1), await statusOf(2), await statusOf(3)]).toEqual([
      'unknown',
      'started',
      'succeeded',
    ]);
    expect(closed).toEqual([lost.id]);
  });

  it('logs the seal of each rotation that it closes, as an anchor', async () => {
    await leave(1, NOON);
    await sweepFor(MINUTE_MS);
    expect(logged).toMatchObject([
      { anchor: expect.stringMatching(/^merchants\/ACME\/apiCredentials\/S2-1#1=sha256:/) },
    ]);
  });

  it('closes many rotations in batches, and each of them once', async () => {
    for (let number = 1; number <= 120; number += 1) await leave(number, NOON);
    expect(await sweepFor(10 * MINUTE_MS)).toEqual({ closed: 120, raised: 0, failed: 0, isPartial: false });
    expect(await sweepFor(10 * MINUTE_MS)).toEqual({ closed: 0, raised: 0, failed: 0, isPartial: false });
    expect(new Set(closed).size).toBe(120);
  });

  it('stops in time, and the next sweep continues where it stopped', async () => {
    for (let number = 1; number <= 12; number += 1) await leave(number, NOON);
    const first = await sweepFor(15 * SECOND_MS);
    expect(first).toMatchObject({ failed: 0, isPartial: true });
    const second = await sweepFor(MINUTE_MS);
    expect(first.closed).toBeGreaterThan(3);
    expect(first.closed + second.closed).toBe(12);
  });

  it('is not stopped by a record that cannot be read', async () => {
    for (let number = 1; number <= 30; number += 1) await leave(number, NOON);
    for (let shard = 0; shard < 8; shard += 1) {
      const item = {
        credential: `spoilt-${shard}`,
        number: '0000000001',
        openShard: `open#${shard}`,
        dueAt: isoTime(0),
      };
      await table.client.send(new PutCommand({ TableName: TABLE, Item: item }));
    }
    expect(await sweepFor(10 * MINUTE_MS)).toEqual({ closed: 30, raised: 0, failed: 8, isPartial: false });
    expect(failures).toBe(8);
  });

  it('closes rotations without a managed secret first, since Secrets Manager may be slow', async () => {
    for (let number = 1; number <= 24; number += 1) await leave(number, NOON);
    const isManaged = ({ apiCredentialId }: ApiCredential) => Number(apiCredentialId.slice(3)) > 12;
    const sweep = sweepOver(
      table.client,
      () => time,
      ({ expire, openSecret }) => ({
        managedSecretOf: (credential) => (isManaged(credential) ? openSecret('a secret') : undefined),
        async expire(started) {
          if (isManaged(started.credential)) {
            time += 4 * SECOND_MS;
            throw new Error('the managed secret cannot be read');
          }
          closed.push(started.credential.apiCredentialId);
          return expire(started);
        },
      }),
    );
    const { failed, ...done } = await sweep(time + 30 * SECOND_MS);
    expect(done).toEqual({ closed: 12, raised: 0, isPartial: true });
    expect(failed).toBeGreaterThan(0);
    expect(closed.filter((id) => Number(id.slice(3)) > 12)).toEqual([]);
  });

  it('is not stopped by a record that cannot be written', async () => {
    const proxy = await startFaultyProxy(table.dynamoDb.url);
    for (let number = 1; number <= 5; number += 1) await leave(number, NOON);
    const reached = auditTableAt(proxy.url);
    proxy.fail('UpdateItem', 'refuse');
    const sweep = sweepOver(reached.client, () => time);
    expect(await sweep(time + MINUTE_MS)).toEqual({ closed: 4, raised: 0, failed: 1, isPartial: false });
    expect(await sweep(time + MINUTE_MS)).toEqual({ closed: 1, raised: 0, failed: 0, isPartial: false });
    expect(proxy.operations).not.toContain('Scan');
    reached.client.destroy();
    await proxy.close();
  });
});

describe('a function that is killed in the middle of a call', () => {
  let keyturn: Keyturn;
  beforeAll(async () => {
    keyturn = await startKeyturn({ ROTATION_QUARANTINE_SECONDS: '0' });
  });
  afterAll(() => keyturn.close());

  const sweepAt = async (time: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: time });
    vi.resetModules();
    const { handler } = await import('../src/handlers/sweep.ts');
    const result = await handler({}, lambdaContext(60_000));
    vi.useRealTimers();
    return result;
  };

  it('leaves a rotation that the sweep closes and counts after its lease', async () => {
    const credential: ApiCredential = keyturn.newCredential();
    const token = await keyturn.issuer.sign(LOCAL_APP);
    keyturn.adyen.faults.order({ kind: 'latency', when: 'before', ms: 3_000 });
    const killed = runNode(
      ['test/support/rotate-in-own-process.ts', JSON.stringify(credential), token],
      process.env,
    );
    const called = () =>
      keyturn.adyen.received.some((call) => call.credential === credentialPath(credential));
    await expect.poll(called, { timeout: 10_000 }).toBe(true);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const [item] = await keyturn.items(credential);
    expect(item).toMatchObject({ status: 'started' });

    const leaseEnds = Date.parse(String(item?.leaseExpiresAt));
    expect(await sweepAt(leaseEnds - 1)).toMatchObject({ closed: 0 });
    expect(await sweepAt(leaseEnds)).toMatchObject({ closed: 1 });
    expect(await keyturn.items(credential)).toMatchObject([
      {
        status: 'unknown',
        timeline: [{ event: 'started' }, { event: 'unknown', detail: 'found past its lease' }],
      },
    ]);
    expect(keyturn.lines()).toContainEqual(
      expect.objectContaining({ Rotations: 1, outcome: 'unknown', level: 'merchants' }),
    );
    console.log(
      `killed at ${String(item?.requestedAt)}, lease until ${isoTime(leaseEnds)}, ended as unknown by the sweep`,
    );
  });
});
