import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aStarted, aSucceeded, credential } from '../../test/support/rotations.ts';
import { type LocalDynamoDb, startDynamoDb } from '../local/dynamodb.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';

describe('the audit log in DynamoDB', () => {
  let dynamoDb: LocalDynamoDb;
  let client: DynamoDBClient;
  let audit: AuditLog;
  let used = 0;

  beforeAll(async () => {
    dynamoDb = await startDynamoDb('audit');
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new DynamoDBClient({ endpoint: dynamoDb.url, region: 'local', credentials });
    audit = createAuditLog(DynamoDBDocumentClient.from(client), 'audit');
  });
  afterAll(async () => {
    client.destroy();
    await dynamoDb.close();
  });

  const fresh = () => {
    used += 1;
    return { credential: { ...credential, apiCredentialId: `S2-${used}` } };
  };

  it('gives back every kind of rotation as it was written', async () => {
    for (const make of [aSucceeded, aFailed, anUnknown]) {
      const own = fresh();
      await audit.start(aStarted(own));
      await audit.close(make(own));
      expect(await audit.newest(own.credential)).toEqual(make(own));
    }
  });

  it('lets one of many start with a number', async () => {
    const own = fresh();
    const starts = Array.from({ length: 50 }, (_, index) =>
      audit.start(aStarted({ ...own, id: `id-${index}` })),
    );
    expect((await Promise.all(starts)).filter((start) => start === 'started')).toHaveLength(1);
  });

  it('takes a start that was written and not heard of for the same start', async () => {
    const started = aStarted(fresh());
    expect([await audit.start(started), await audit.start(started)]).toEqual(['started', 'started']);
  });

  it('ends a rotation once, whoever tries', async () => {
    const own = fresh();
    await audit.start(aStarted(own));
    expect(await audit.close(aSucceeded({ ...own, chain: 'sha256:01' }))).toBe('closed');
    expect(await audit.close(anUnknown({ ...own, chain: 'sha256:02' }))).toBe('lost');
    expect(await audit.newest(own.credential)).toMatchObject({ status: 'succeeded' });
  });

  it('takes an end that was written and not heard of for the same end', async () => {
    const own = fresh();
    await audit.start(aStarted(own));
    expect([await audit.close(aSucceeded(own)), await audit.close(aSucceeded(own))]).toEqual([
      'closed',
      'closed',
    ]);
  });

  it('does not end what never started, nor another rotation', async () => {
    const own = fresh();
    expect(await audit.close(aSucceeded(own))).toBe('lost');
    await audit.start(aStarted(own));
    expect(await audit.close(aSucceeded({ ...own, id: 'another' }))).toBe('lost');
  });

  it('knows the newest of more than ten rotations', async () => {
    const own = fresh();
    for (let number = 1; number <= 12; number += 1) {
      await audit.start(aStarted({ ...own, number, id: `id-${number}` }));
    }
    expect(await audit.newest(own.credential)).toMatchObject({ number: 12 });
  });

  it('finds the newest rotation of an idempotency key, and no other', async () => {
    const own = fresh();
    await audit.start(aStarted({ ...own, number: 1, id: 'a', idempotencyHash: 'hash' }));
    await audit.start(aStarted({ ...own, number: 2, id: 'b', idempotencyHash: 'hash' }));
    await audit.start(aStarted({ ...own, number: 3, id: 'c', idempotencyHash: 'hash-and-more' }));
    await audit.start(aStarted({ ...own, number: 4, id: 'd' }));
    expect(await audit.findByIdempotencyHash(own.credential, 'hash')).toMatchObject({ id: 'b' });
    expect(await audit.findByIdempotencyHash(own.credential, 'other')).toBeUndefined();
  });
});

describe('the calls to DynamoDB', () => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'local' }));
  const aws = mockClient(client);
  const audit = createAuditLog(client, 'audit');
  afterEach(() => aws.reset());

  it('read strongly consistent, and one item', async () => {
    aws.on(QueryCommand).resolves({ Items: [] });
    await audit.newest(credential);
    await audit.findByIdempotencyHash(credential, 'hash');
    for (const call of aws.commandCalls(QueryCommand)) {
      expect(call.args[0].input).toMatchObject({ ConsistentRead: true, Limit: 1, ScanIndexForward: false });
    }
  });

  it.each<[string, (log: AuditLog) => Promise<unknown>]>([
    ['newest', (log) => log.newest(credential)],
    ['findByIdempotencyHash', (log) => log.findByIdempotencyHash(credential, 'hash')],
    ['start', (log) => log.start(aStarted())],
    ['close', (log) => log.close(aSucceeded())],
  ])('that fail at %s are one error, whatever AWS said', async (_method, call) => {
    aws.onAnyCommand().rejects(new Error('throttled'));
    await expect(call(audit)).rejects.toMatchObject({ code: 'audit-unavailable' });
  });

  it('that are lost to a condition are no error', async () => {
    const lost = new ConditionalCheckFailedException({ message: 'lost', $metadata: {} });
    aws.on(PutCommand).rejects(lost).on(UpdateCommand).rejects(lost);
    const started = aStarted({ number: 2 });
    expect([await audit.start(started), await audit.close(aSucceeded())]).toEqual(['lost', 'lost']);
  });

  it('are not believed where an item holds something else', async () => {
    aws.on(QueryCommand).resolves({ Items: [{ credential: 'merchants/A/apiCredentials/B', number: 'x' }] });
    await expect(audit.newest(credential)).rejects.toMatchObject({ code: 'audit-unavailable' });
  });
});
