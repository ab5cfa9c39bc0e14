import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import * as v from 'valibot';
import { createDeliveries, type Deliver, type OnFailed } from './deliveries.ts';
import { type Entry, type EntryRefusal, type Envelope, PutEventsSchema, toEnvelope } from './entry.ts';
import { matches } from './pattern.ts';
import type { Rule } from './rules.ts';

export type LocalEventBus = Readonly<{
  url: string;
  /** All the events that were put and taken, in order. */
  events: readonly Envelope[];
  /** Settles when no delivery runs, those included that others led to meanwhile. */
  idle(): Promise<void>;
  /** While true, every call is answered with a server error. */
  setOutage(outage: boolean): void;
  /** Takes no more events. Deliveries that run go on: `idle` waits for them. */
  close(): Promise<void>;
}>;

export type EventBusOptions = Readonly<{
  port?: number;
  rules: readonly Rule[];
  deliver: Deliver;
  /** Gets what a delivery threw. It is not tried again. */
  onFailed?: OnFailed;
  /** Delivers every event twice at once, as EventBridge may: it promises at least once. */
  duplicate?: boolean;
}>;

type Answer = Readonly<{ status: number; body: object }>;
type Placed = Readonly<{ EventId: string }> | EntryRefusal;

/**
 * Starts an EventBridge in memory: `PutEvents`, in the protocol of the AWS SDKs and CLI. There is one bus, whatever
 * it is called, and its events are delivered by the rules. Nothing waits for a delivery but `idle`.
 */
export async function startEventBus(options: EventBusOptions): Promise<LocalEventBus> {
  const { port = 0, rules, deliver, onFailed = logFailed, duplicate = false } = options;
  const deliveries = createDeliveries(deliver, onFailed);
  const events: Envelope[] = [];
  let isOut = false;

  const place = (entry: Entry): Placed => {
    const envelope = toEnvelope(entry);
    if ('ErrorCode' in envelope) return envelope;
    events.push(envelope);
    for (const { target } of rules.filter(({ pattern }) => matches(pattern, envelope))) {
      deliveries.start(target, envelope);
      if (duplicate) deliveries.start(target, envelope);
    }
    return { EventId: envelope.id };
  };

  const answer = (target: unknown, body: unknown): Answer => {
    if (isOut) return refuse(500, 'InternalException', 'An outage was ordered.');
    if (target !== 'AWSEvents.PutEvents')
      return refuse(400, 'UnknownOperationException', `No ${target} here.`);
    const input = v.safeParse(PutEventsSchema, body);
    if (!input.success) return refuse(400, 'ValidationException', v.summarize(input.issues));
    const Entries = input.output.Entries.map(place);
    const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
    return { status: 200, body: { FailedEntryCount, Entries } };
  };

  const app = Fastify({ forceCloseConnections: true });
  app.addContentTypeParser('application/x-amz-json-1.1', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.post('/', async (request, reply) => {
    const { status, body } = answer(request.headers['x-amz-target'], request.body);
    return reply.code(status).type('application/x-amz-json-1.1').send(JSON.stringify(body));
  });
  await app.listen({ port, host: 'localhost' });
  // A server that listens on a port has an AddressInfo.
  const address = app.server.address() as AddressInfo;

  return {
    url: `http://localhost:${address.port}`,
    events,
    idle: deliveries.idle,
    setOutage(outage) {
      isOut = outage;
    },
    close: () => app.close(),
  };
}

/** An error as the AWS JSON 1.1 protocol gives it. */
function refuse(status: number, __type: string, message: string): Answer {
  return { status, body: { __type, message } };
}

function logFailed(target: string, envelope: Envelope, error: unknown): void {
  console.error(`${target} failed on the event ${envelope.id} (${envelope['detail-type']}):`, error);
}
