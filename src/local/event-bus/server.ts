import Fastify from 'fastify';
import * as v from 'valibot';
import { listeningPort } from '../listening-port.ts';
import { createDeliveries, type Deliver, type OnFailed } from './deliveries.ts';
import { type Entry, type Envelope, PutEventsSchema, type RejectedEntry, toEnvelope } from './entry.ts';
import { matches } from './pattern.ts';
import type { Rule } from './rules.ts';

export type LocalEventBus = Readonly<{
  url: string;
  /** All events that were accepted, in order. */
  events: readonly Envelope[];
  /** Settles when no delivery runs. Deliveries that other deliveries start meanwhile are waited for too. */
  idle(): Promise<void>;
  /** During an outage every call gets a server error. */
  setOutage(outage: boolean): void;
  /** Stops the server. Deliveries that run are not stopped: `idle` waits for them. */
  close(): Promise<void>;
}>;

export type EventBusOptions = Readonly<{
  port?: number;
  rules: readonly Rule[];
  deliver: Deliver;
  /** Gets the error of a failed delivery, which is not retried. By default the error is logged. */
  onFailed?: OnFailed;
  /** Delivers every event twice at once. EventBridge may do that, because it delivers at least once. */
  duplicate?: boolean;
}>;

type AwsResponse = Readonly<{ status: number; body: object }>;
type EntryResult = Readonly<{ EventId: string }> | RejectedEntry;

/**
 * Starts an EventBridge in memory that supports `PutEvents` in the protocol of the AWS SDKs. It has one bus, which
 * accepts every bus name, and delivers events as the rules say.
 */
export async function startEventBus(options: EventBusOptions): Promise<LocalEventBus> {
  const { port = 0, rules, deliver, onFailed = logFailed, duplicate = false } = options;
  const deliveries = createDeliveries(deliver, onFailed);
  const events: Envelope[] = [];
  let isOut = false;

  const put = (entry: Entry): EntryResult => {
    const envelope = toEnvelope(entry);
    if ('ErrorCode' in envelope) return envelope;
    events.push(envelope);
    for (const { target } of rules.filter(({ pattern }) => matches(pattern, envelope))) {
      deliveries.start(target, envelope);
      if (duplicate) deliveries.start(target, envelope);
    }
    return { EventId: envelope.id };
  };

  const respond = (target: unknown, body: unknown): AwsResponse => {
    if (isOut) return reject(500, 'InternalException', 'An outage was ordered.');
    if (target !== 'AWSEvents.PutEvents')
      return reject(400, 'UnknownOperationException', `The operation ${target} is not supported here.`);
    const input = v.safeParse(PutEventsSchema, body);
    if (!input.success) return reject(400, 'ValidationException', v.summarize(input.issues));
    const Entries = input.output.Entries.map(put);
    const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
    return { status: 200, body: { FailedEntryCount, Entries } };
  };

  const app = Fastify({ forceCloseConnections: true });
  app.addContentTypeParser('application/x-amz-json-1.1', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.post('/', async (request, reply) => {
    const { status, body } = respond(request.headers['x-amz-target'], request.body);
    return reply.code(status).type('application/x-amz-json-1.1').send(JSON.stringify(body));
  });
  await app.listen({ port, host: 'localhost' });

  return {
    url: `http://localhost:${listeningPort(app.server)}`,
    events,
    idle: deliveries.idle,
    setOutage(outage) {
      isOut = outage;
    },
    close: () => app.close(),
  };
}

/** An error response of the AWS JSON 1.1 protocol. */
function reject(status: number, __type: string, message: string): AwsResponse {
  return { status, body: { __type, message } };
}

function logFailed(target: string, envelope: Envelope, error: unknown): void {
  console.error(`${target} failed on the event ${envelope.id} (${envelope['detail-type']}):`, error);
}
