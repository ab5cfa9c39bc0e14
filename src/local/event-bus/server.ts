import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import * as v from 'valibot';
import type { Rule } from './rules.ts';

const text = v.pipe(v.string(), v.nonEmpty());

const EntrySchema = v.object({
  Source: v.pipe(
    text,
    v.check((source) => !source.startsWith('aws.'), 'NotAuthorizedForSourceException'),
  ),
  DetailType: v.pipe(text, v.maxLength(128)),
  Detail: v.pipe(
    v.string(),
    v.parseJson(undefined, 'MalformedDetail'),
    v.record(v.string(), v.unknown(), 'MalformedDetail'),
  ),
  EventBusName: v.optional(v.string()),
  Resources: v.optional(v.array(v.string()), []),
});

const PutEventsSchema = v.object({ Entries: v.pipe(v.array(v.unknown()), v.minLength(1), v.maxLength(10)) });

/** An event as EventBridge delivers it. */
export type EventEnvelope = Readonly<{
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: readonly string[];
  detail: Record<string, unknown>;
}>;

export type LocalEventBus = Readonly<{
  url: string;
  /** All that was put on the bus, in order. */
  events: readonly EventEnvelope[];
  /** Settles when nothing is being delivered. */
  idle(): Promise<void>;
  /** While true, every call is answered with a server error. */
  setOutage(outage: boolean): void;
  close(): Promise<void>;
}>;

export type EventBusOptions = Readonly<{
  port?: number;
  rules: readonly Rule[];
  /** Carries an event to a function. An error is the function's. */
  deliver: (functionName: string, event: EventEnvelope) => Promise<unknown>;
  onFailed?: (functionName: string, event: EventEnvelope, error: unknown) => void;
  /** How often each event is delivered: at least once is all that EventBridge promises. */
  deliveries?: number;
}>;

/** Starts an event bus: `PutEvents` in the protocol of the AWS SDKs and the CLI, and rules that lead to functions. */
export async function startEventBus(options: EventBusOptions): Promise<LocalEventBus> {
  const { port = 0, rules, deliver, onFailed = () => {}, deliveries = 1 } = options;
  const events: EventEnvelope[] = [];
  const running = new Set<Promise<void>>();
  let isOut = false;

  const put = (entry: unknown) => {
    const parsed = v.safeParse(EntrySchema, entry);
    if (!parsed.success) {
      const [{ message }] = parsed.issues;
      const ErrorCode = /^[A-Za-z]+$/.test(message) ? message : 'InvalidArgument';
      return { ErrorCode, ErrorMessage: `${v.getDotPath(parsed.issues[0]) ?? 'The entry'} is not valid.` };
    }
    const { Source: source, DetailType, Detail: detail, Resources: resources } = parsed.output;
    const event: EventEnvelope = {
      version: '0',
      id: randomUUID(),
      'detail-type': DetailType,
      source,
      account: '000000000000',
      time: new Date().toISOString().replace(/\.\d+/, ''),
      region: 'eu-west-1',
      resources,
      detail,
    };
    events.push(event);
    for (const { functionName, matches } of rules) {
      if (!matches(event)) continue;
      for (let turn = 0; turn < deliveries; turn += 1) run(functionName, event);
    }
    return { EventId: event.id };
  };

  const run = (functionName: string, event: EventEnvelope) => {
    const delivery = Promise.resolve()
      .then(() => deliver(functionName, event))
      .catch((error: unknown) => onFailed(functionName, event, error))
      .then(() => void running.delete(delivery));
    running.add(delivery);
  };

  const app = Fastify({ forceCloseConnections: true });
  app.addContentTypeParser('application/x-amz-json-1.1', { parseAs: 'string' }, (_request, body, done) => {
    done(null, JSON.parse(String(body)));
  });
  app.post('/', async (request, reply) => {
    reply.type('application/x-amz-json-1.1');
    if (isOut) return reply.code(500).send('{"__type":"InternalException"}');
    const input = v.safeParse(PutEventsSchema, request.body);
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents' || !input.success) {
      return reply
        .code(400)
        .send('{"__type":"ValidationException","message":"PutEvents with 1 to 10 entries only."}');
    }
    const Entries = input.output.Entries.map(put);
    const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
    return reply.send(JSON.stringify({ Entries, FailedEntryCount }));
  });
  await app.listen({ port, host: 'localhost' });
  // A server that listens on a port has an AddressInfo.
  const address = app.server.address() as AddressInfo;

  return {
    url: `http://localhost:${address.port}`,
    events,
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    setOutage(outage) {
      isOut = outage;
    },
    close: () => app.close(),
  };
}
