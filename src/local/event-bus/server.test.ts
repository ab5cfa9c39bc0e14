import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, it } from 'vitest';
import type { Envelope } from './entry.ts';
import { type EventBusOptions, type LocalEventBus, startEventBus } from './server.ts';

const ENTRY = { Source: 'tests', DetailType: 'Asked', Detail: '{"number":1}' };
const RULES = [
  { target: 'first', pattern: { source: ['tests'] } },
  { target: 'second', pattern: { detail: { number: [1] } } },
];

describe('the local event bus, through the AWS SDK', () => {
  let bus: LocalEventBus;
  let client: EventBridgeClient;
  let delivered: [target: string, id: string][];

  async function start(options: Partial<EventBusOptions> = {}): Promise<void> {
    delivered = [];
    const deliver = async (target: string, { id }: Envelope) => delivered.push([target, id]);
    bus = await startEventBus({ rules: RULES, deliver, ...options });
    client = new EventBridgeClient({
      endpoint: bus.url,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  }
  afterEach(async () => {
    client.destroy();
    await bus.close();
  });

  const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

  it('keeps an event in the form in which EventBridge delivers it', async () => {
    await start();
    const { FailedEntryCount, Entries } = await put({
      ...ENTRY,
      EventBusName: 'any',
      Time: new Date('2026-01-02T03:04:05.678Z'),
      Resources: ['arn:one'],
    });
    expect(FailedEntryCount).toBe(0);
    expect(bus.events).toEqual([
      {
        version: '0',
        id: Entries?.[0]?.EventId,
        'detail-type': 'Asked',
        source: 'tests',
        account: '000000000000',
        time: '2026-01-02T03:04:05Z',
        region: 'eu-west-1',
        resources: ['arn:one'],
        detail: { number: 1 },
      },
    ]);
  });

  it('gives an event the current time if it has none', async () => {
    await start();
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    await put(ENTRY);
    const time = bus.events[0]?.time ?? '';
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
  });

  it('delivers each event to the targets of the rules that match it', async () => {
    await start();
    const { Entries = [] } = await put(ENTRY, { ...ENTRY, Detail: '{"number":2}' });
    await bus.idle();
    const [one, two] = Entries.map(({ EventId }) => EventId);
    expect(delivered).toEqual([
      ['first', one],
      ['second', one],
      ['first', two],
    ]);
  });

  it('delivers every event twice, with the same id, with the option duplicate', async () => {
    await start({ duplicate: true, rules: RULES.slice(0, 1) });
    await put(ENTRY);
    await bus.idle();
    const id = bus.events[0]?.id;
    expect(delivered).toEqual([
      ['first', id],
      ['first', id],
    ]);
    expect(bus.events).toHaveLength(1);
  });

  it('responds before a delivery has ended, and is idle only when the deliveries that it caused have ended too', async () => {
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    await start({
      rules: RULES.slice(0, 1),
      deliver: async (_target, { 'detail-type': type }) => {
        await gate.promise;
        if (type === 'Asked') await put({ ...ENTRY, DetailType: 'Answered' });
        // Longer than the delivery that caused it.
        else await sleep(30);
        seen.push(type);
      },
    });
    await put(ENTRY);
    expect(seen).toEqual([]);
    gate.resolve();
    await bus.idle();
    expect(seen).toEqual(['Asked', 'Answered']);
  });

  it('reports a failed delivery, does not retry it, and continues with the others', async () => {
    const failed: unknown[] = [];
    await start({
      deliver: (target) => {
        delivered.push([target, '']);
        if (target === 'first') throw new Error('broken');
      },
      onFailed: (target, { id }, error) => failed.push([target, id, error]),
    });
    await put(ENTRY);
    await bus.idle();
    expect(failed).toEqual([['first', bus.events[0]?.id, new Error('broken')]]);
    expect(delivered.map(([target]) => target)).toEqual(['first', 'second']);
  });

  it('gives each delivery its own copy of the event', async () => {
    const seen: unknown[] = [];
    await start({
      deliver: (_target, envelope) => {
        seen.push({ ...envelope.detail });
        Object.assign(envelope.detail, { number: 'changed' });
      },
    });
    await put(ENTRY);
    await bus.idle();
    expect([...seen, bus.events[0]?.detail]).toEqual([{ number: 1 }, { number: 1 }, { number: 1 }]);
  });

  it.each([
    ['no source', { Source: undefined }, 'InvalidArgument'],
    ['an empty source', { Source: '' }, 'InvalidArgument'],
    ["AWS's own source", { Source: 'aws.events' }, 'InvalidArgument'],
    ['no detail-type', { DetailType: undefined }, 'InvalidArgument'],
    ['no detail', { Detail: undefined }, 'InvalidArgument'],
    ['a detail that is not JSON', { Detail: '{' }, 'MalformedDetail'],
    ['a detail that is not an object', { Detail: '[]' }, 'MalformedDetail'],
  ])('rejects an entry with %s and accepts the others', async (_what, wrong, ErrorCode) => {
    await start();
    const { FailedEntryCount, Entries } = await put(ENTRY, { ...ENTRY, ...wrong }, ENTRY);
    expect(FailedEntryCount).toBe(1);
    expect(Entries).toMatchObject([
      { EventId: bus.events[0]?.id },
      { ErrorCode, ErrorMessage: expect.any(String) },
      { EventId: bus.events[1]?.id },
    ]);
    expect(bus.events).toHaveLength(2);
  });

  it.each([
    ['no entries', []],
    ['more than ten entries', Array.from({ length: 11 }, () => ENTRY)],
  ])('rejects a call with %s', async (_what, entries) => {
    await start();
    await expect(put(...entries)).rejects.toMatchObject({ name: 'ValidationException' });
    expect(bus.events).toEqual([]);
  });

  it.each([
    ['an unsupported operation', 'AWSEvents.ListRules', '{}', 'UnknownOperationException'],
    ['a body that is not JSON', 'AWSEvents.PutEvents', '{', 'ValidationException'],
  ])('rejects %s', async (_what, target, body, __type) => {
    await start();
    const headers = { 'X-Amz-Target': target, 'Content-Type': 'application/x-amz-json-1.1' };
    const response = await fetch(bus.url, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type });
  });

  it('fails during an outage', async () => {
    await start();
    bus.setOutage(true);
    await expect(put(ENTRY)).rejects.toMatchObject({
      name: 'InternalException',
      $metadata: { httpStatusCode: 500 },
    });
    bus.setOutage(false);
    await put(ENTRY);
    expect(bus.events).toHaveLength(1);
  });
});
