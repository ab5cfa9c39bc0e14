import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aStarted, aSucceeded, credential } from '../../test/support/rotations.ts';
import { type LocalDynamoDb, startDynamoDb } from '../local/dynamodb.ts';
import { credentialPath } from '../rotation/api-credential.ts';
import type { AuditLog } from '../rotation/ports.ts';
import { INTENT_FIELDS, type SucceededRotation } from '../rotation/rotation.ts';
import { append } from '../rotation/seal.ts';
import { createAuditLog } from './audit-log.ts';
import { toItem } from './item.ts';

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

  it('reads back every kind of rotation as it was written', async () => {
    for (const make of [aSucceeded, aFailed, anUnknown]) {
      const own = fresh();
      await audit.insert(aStarted(own));
      await audit.close(make(own));
      expect(await audit.newest(own.credential)).toEqual(make(own));
    }
  });

  it('gives a number to only one of many concurrent starts', async () => {
    const own = fresh();
    const starts = Array.from({ length: 50 }, (_, index) =>
      audit.insert(aStarted({ ...own, id: `id-${index}` })),
    );
    expect((await Promise.all(starts)).filter((start) => start === 'written')).toHaveLength(1);
  });

  it('accepts the same start again if the response to the first write was lost', async () => {
    const started = aStarted(fresh());
    expect([await audit.insert(started), await audit.insert(started)]).toEqual(['written', 'written']);
  });

  it('does not start a rotation a second time for another invocation, such as one that was frozen', async () => {
    const started = aStarted(fresh());
    await audit.insert(started);
    expect(await audit.insert({ ...started, leaseExpiresAt: '2026-11-23T12:09:00.000Z' })).toBe('lost');
  });

  it('closes a rotation once: a second, different end is lost', async () => {
    const own = fresh();
    await audit.insert(aStarted(own));
    expect(await audit.close(aSucceeded({ ...own, chain: 'sha256:01' }))).toBe('written');
    expect(await audit.close(anUnknown({ ...own, chain: 'sha256:02' }))).toBe('lost');
    expect(await audit.newest(own.credential)).toMatchObject({ status: 'succeeded' });
  });

  it('accepts the same end again if the response to the first write was lost', async () => {
    const own = fresh();
    await audit.insert(aStarted(own));
    expect([await audit.close(aSucceeded(own)), await audit.close(aSucceeded(own))]).toEqual([
      'written',
      'written',
    ]);
  });

  it('does not end a rotation again that has changed since, such as from a container that was frozen', async () => {
    const own = fresh();
    const closed = aSucceeded(own);
    await audit.insert(aStarted(own));
    await audit.close(closed);
    const promoted = append(closed, { at: '2026-11-23T12:05:01.000Z', event: 'promoted' });
    await audit.amend(promoted, closed);
    expect(await audit.close(closed)).toBe('lost');
    expect(await audit.newest(own.credential)).toEqual(promoted);
  });

  it('does not close a rotation that never started, nor another rotation with the same number', async () => {
    const own = fresh();
    expect(await audit.close(aSucceeded(own))).toBe('lost');
    await audit.insert(aStarted(own));
    expect(await audit.close(aSucceeded({ ...own, id: 'another' }))).toBe('lost');
  });

  it('finds the newest of more than ten rotations', async () => {
    const own = fresh();
    for (let number = 1; number <= 12; number += 1) {
      await audit.insert(aStarted({ ...own, number, id: `id-${number}` }));
    }
    expect(await audit.newest(own.credential)).toMatchObject({ number: 12 });
  });

  it('finds the newest rotation of an idempotency key, and no other', async () => {
    const own = fresh();
    await audit.insert(aStarted({ ...own, number: 1, id: 'a', idempotencyHash: 'hash' }));
    await audit.insert(aStarted({ ...own, number: 2, id: 'b', idempotencyHash: 'hash' }));
    await audit.insert(aStarted({ ...own, number: 3, id: 'c', idempotencyHash: 'hash-and-more' }));
    await audit.insert(aStarted({ ...own, number: 4, id: 'd' }));
    expect(await audit.findByIdempotencyHash(own.credential, 'hash')).toMatchObject({ id: 'b' });
    expect(await audit.findByIdempotencyHash(own.credential, 'other')).toBeUndefined();
  });

  it('finds the rotation of an idempotency key with an id, although it is not the newest', async () => {
    const own = fresh();
    await audit.insert(aStarted({ ...own, number: 1, id: 'a', idempotencyHash: 'hash' }));
    await audit.insert(aStarted({ ...own, number: 2, id: 'b', idempotencyHash: 'hash' }));
    await audit.insert(aStarted({ ...own, number: 3, id: 'c', idempotencyHash: 'other' }));
    expect(await audit.findByIdempotencyHash(own.credential, 'hash', 'a')).toMatchObject({ number: 1 });
    expect(await audit.findByIdempotencyHash(own.credential, 'hash', 'c')).toBeUndefined();
  });

  it('reads each rotation by its number', async () => {
    const own = fresh();
    await audit.insert(aStarted({ ...own, number: 1, id: 'a' }));
    await audit.insert(aStarted({ ...own, number: 2, id: 'b' }));
    expect(await audit.get(own.credential, 1)).toMatchObject({ id: 'a' });
    expect(await audit.get(own.credential, 2)).toMatchObject({ id: 'b' });
    expect(await audit.get(own.credential, 3)).toBeUndefined();
  });

  describe('for a rotation that was refused before its start', () => {
    it('keeps the refusal under its own number', async () => {
      const own = fresh();
      const refused = aFailed({ ...own, code: 'forbidden' });
      expect(await audit.insert(refused)).toBe('written');
      expect(await audit.newest(own.credential)).toEqual(refused);
    });

    it('accepts the same refusal again if the response to the first write was lost', async () => {
      const refused = aFailed(fresh());
      expect([await audit.insert(refused), await audit.insert(refused)]).toEqual(['written', 'written']);
    });

    it('gives each number once, to a start or to a refusal', async () => {
      const [one, other] = [fresh(), fresh()];
      await audit.insert(aStarted({ ...one, id: 'started' }));
      expect(await audit.insert(aFailed({ ...one, id: 'refused' }))).toBe('lost');
      expect(await audit.newest(one.credential)).toMatchObject({ id: 'started', status: 'started' });
      await audit.insert(aFailed({ ...other, id: 'refused' }));
      expect(await audit.insert(aStarted({ ...other, id: 'started' }))).toBe('lost');
      expect(await audit.newest(other.credential)).toMatchObject({ id: 'refused', status: 'failed' });
    });

    it('gives the next number to the refusal while another rotation runs', async () => {
      const own = fresh();
      await audit.insert(aStarted({ ...own, number: 1, id: 'a' }));
      await audit.insert(aFailed({ ...own, number: 2, id: 'b' }));
      expect(await audit.newest(own.credential)).toMatchObject({ number: 2, id: 'b' });
    });
  });

  describe('for a closed rotation', () => {
    const outbox = { event: 'ApiKeyIssued', dueAt: '2026-11-23T13:20:01.000Z' } as const;
    const addEntry = (rotation: SucceededRotation, event: string) =>
      append(rotation, { at: '2026-11-23T12:05:01.000Z', event });

    async function ended(fields: Partial<SucceededRotation> = {}) {
      const own = fresh();
      const rotation = aSucceeded({ ...own, ...fields });
      await audit.insert(aStarted(own));
      await audit.close(rotation);
      return rotation;
    }
    async function itemOf(rotation: SucceededRotation) {
      const { credential: path, number } = toItem(rotation);
      const Key = { credential: path, number };
      return (await DynamoDBDocumentClient.from(client).send(new GetCommand({ TableName: 'audit', Key })))
        .Item;
    }

    it('keeps each entry that is added to the timeline', async () => {
      const rotation = await ended();
      const verified = addEntry(rotation, 'verified');
      expect(await audit.amend(verified, rotation)).toBe('written');
      expect(await audit.get(rotation.credential, 1)).toEqual(verified);
    });

    it('writes only one of many concurrent changes of the same state', async () => {
      const rotation = await ended({ outbox });
      const amendments = Array.from({ length: 20 }, (_, index) =>
        audit.amend(addEntry(rotation, `event-${index}`), rotation),
      );
      expect((await Promise.all(amendments)).filter((end) => end === 'written')).toHaveLength(1);
      expect((await audit.get(rotation.credential, 1))?.timeline).toHaveLength(2);
    });

    it.each<[string, (rotation: SucceededRotation) => SucceededRotation]>([
      ['added to the timeline', (rotation) => addEntry(rotation, 'verified')],
      ['emptied the outbox', ({ outbox: _outbox, ...rotation }) => rotation],
      [
        'postponed the event',
        (rotation) => ({ ...rotation, outbox: { ...outbox, dueAt: '2026-11-23T14:00:00.000Z' } }),
      ],
    ])('writes no change if another execution has meanwhile %s', async (_what, change) => {
      const rotation = await ended({ outbox });
      const changed = change(rotation);
      await audit.amend(changed, rotation);
      expect(await audit.amend(addEntry(rotation, 'promoted'), rotation)).toBe('lost');
      expect(await audit.get(rotation.credential, 1)).toEqual(changed);
    });

    it('writes no change if another execution has meanwhile put an event into the outbox', async () => {
      const rotation = await ended();
      await audit.amend({ ...rotation, outbox }, rotation);
      expect(await audit.amend(addEntry(rotation, 'promoted'), rotation)).toBe('lost');
      expect(await audit.get(rotation.credential, 1)).toEqual({ ...rotation, outbox });
    });

    it('writes no change of another rotation, or of a rotation that does not exist', async () => {
      const rotation = await ended();
      const another = aSucceeded({ ...rotation, id: 'another' });
      expect(await audit.amend(addEntry(another, 'verified'), another)).toBe('lost');
      const none = aSucceeded(fresh());
      expect(await audit.amend(addEntry(none, 'verified'), none)).toBe('lost');
      expect(await audit.newest(none.credential)).toBeUndefined();
    });

    it('lists the rotation as due only while its outbox holds an event', async () => {
      const rotation = await ended({ outbox });
      const open = { outbox, dueAt: outbox.dueAt, openShard: expect.stringMatching(/^open#\d$/) };
      expect(await itemOf(rotation)).toMatchObject(open);
      const { outbox: _outbox, ...emptied } = rotation;
      await audit.amend(emptied, rotation);
      for (const name of Object.keys(open)) expect(await itemOf(rotation)).not.toHaveProperty(name);
      await audit.amend(rotation, emptied);
      expect(await itemOf(rotation)).toMatchObject(open);
    });

    it('lists a started rotation as due at the end of its lease, until it is closed', async () => {
      const own = fresh();
      const started = aStarted(own);
      await audit.insert(started);
      const item = () => itemOf(aSucceeded(own));
      expect(await item()).toMatchObject({ dueAt: started.leaseExpiresAt });
      await audit.close(aSucceeded(own));
      for (const name of ['outbox', 'openShard', 'dueAt']) expect(await item()).not.toHaveProperty(name);
    });
  });
});

describe('the calls to DynamoDB', () => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'local' }));
  const aws = mockClient(client);
  const audit = createAuditLog(client, 'audit');
  afterEach(() => aws.reset());

  it('read one item for a query, strongly consistent', async () => {
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
    ['get', (log) => log.get(credential, 1)],
    ['start', (log) => log.insert(aStarted())],
    ['refuse', (log) => log.insert(aFailed())],
    ['amend', (log) => log.amend(aSucceeded(), aSucceeded())],
    ['close', (log) => log.close(aSucceeded())],
  ])('throw the same error if %s fails, whatever AWS says', async (_method, call) => {
    aws.onAnyCommand().rejects(new Error('throttled'));
    await expect(call(audit)).rejects.toMatchObject({ code: 'audit-unavailable' });
  });

  it('read one item by its number, strongly consistent', async () => {
    aws.on(GetCommand).resolves({});
    await audit.get(credential, 12);
    expect(aws.commandCalls(GetCommand).map(({ args }) => args[0].input)).toEqual([
      {
        TableName: 'audit',
        Key: { credential: credentialPath(credential), number: '0000000012' },
        ConsistentRead: true,
      },
    ]);
  });

  it('return "lost" if a condition does not hold, and throw no error', async () => {
    const lost = new ConditionalCheckFailedException({ message: 'lost', $metadata: {} });
    aws.on(PutCommand).rejects(lost).on(UpdateCommand).rejects(lost);
    const known = { number: 3, lastKeyIssuedAt: '2026-11-22T12:00:00.000Z' };
    expect([await audit.insert(aStarted(known)), await audit.close(aSucceeded(known))]).toEqual([
      'lost',
      'lost',
    ]);
  });

  it('are only the update if the API credential is known: a close writes to no index then', async () => {
    aws.onAnyCommand().resolves({});
    await audit.close(aSucceeded({ number: 3, lastKeyIssuedAt: '2026-11-22T12:00:00.000Z' }));
    expect(aws.calls()).toHaveLength(1);
  });

  it('are only of what may have changed: what the record of intent says stays as it was written', async () => {
    aws.on(UpdateCommand).resolves({});
    await audit.close(aSucceeded());
    await audit.amend(aSucceeded(), aSucceeded());
    const written = aws
      .commandCalls(UpdateCommand)
      .map(({ args }) => args[0].input.UpdateExpression ?? '')
      .flatMap((expression) => [...expression.matchAll(/#(\w+) =/g)].map(([, name]) => name));
    expect(written).toEqual(expect.arrayContaining(['status', 'timeline', 'completedAt', 'chain', 'key']));
    expect(written.filter((name) => INTENT_FIELDS.includes(name ?? ''))).toEqual([]);
  });

  it('throw an error if an item is not a rotation', async () => {
    aws.on(QueryCommand).resolves({ Items: [{ credential: 'merchants/A/apiCredentials/B', number: 'x' }] });
    await expect(audit.newest(credential)).rejects.toMatchObject({ code: 'audit-unavailable' });
  });
});
