import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyError } from 'fastify';
import { createOperations } from './operations.ts';
import { invalidParameter, invalidRequest, Refusal } from './refusal.ts';
import { createRotations, type FailedStep, type InvokeRotation } from './rotation.ts';
import { createSecrets } from './secrets.ts';

const JSON_1_1 = 'application/x-amz-json-1.1';

export type LocalSecretsManager = Readonly<{
  url: string;
  /** Creates the secret or gives it a new current value. */
  put(name: string, value: string): void;
  /** The versions of a secret, by their staging labels. */
  staged(name: string): Record<string, { id: string; value: string | undefined }>;
  /** The values of all versions of a secret, labelled or not. */
  values(name: string): string[];
  /** The ids that were read, in order, refused reads included. */
  reads: readonly string[];
  /** While true, every call is answered with a server error. */
  setOutage(outage: boolean): void;
  /** Sets who is called by `RotateSecret`. */
  rotateWith(invoke: InvokeRotation): void;
  /** Settles when no rotation runs. */
  idle(): Promise<void>;
  /** The steps of rotations that threw, in order. */
  failures: readonly FailedStep[];
  /** Ends the rotations that run, after the step in which they are. */
  close(): Promise<void>;
}>;

export type SecretsManagerOptions = Readonly<{
  port?: number;
  now?: () => number;
  /** Between two tries of a rotation (ms). */
  retryPauseMs?: number;
}>;

/** Starts a Secrets Manager in memory, with rotation, in the protocol of the AWS SDKs. */
export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<LocalSecretsManager> {
  const { port = 0, now = Date.now, retryPauseMs = 1_000 } = options;
  const secrets = createSecrets(now);
  const rotations = createRotations(secrets, now, retryPauseMs);
  const reads: string[] = [];
  const operations = createOperations(secrets, rotations, (id) => reads.push(id));
  let isOut = false;

  const answer = (name: string, body: unknown) => {
    if (isOut)
      return { status: 500, body: { __type: 'InternalServiceError', message: 'An outage was ordered.' } };
    try {
      const operation = Object.entries(operations).find(([known]) => known === name)?.[1];
      if (!operation) throw invalidRequest(`No ${name} here.`);
      return { status: 200, body: operation(parseBody(body)) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: 400, body: { __type: error.name, message: error.message } };
    }
  };

  const app = Fastify({ forceCloseConnections: true });
  // Whatever its type and whether it is JSON at all: what is wrong with a call is told as AWS does.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler<FastifyError>(({ statusCode = 500, message }, _request, reply) => {
    const [status, __type] = statusCode < 500 ? [400, 'ValidationException'] : [500, 'InternalServiceError'];
    return reply.code(status).type(JSON_1_1).send(JSON.stringify({ __type, message }));
  });
  app.post('/', async (request, reply) => {
    const name = String(request.headers['x-amz-target']).replace(/^secretsmanager\./, '');
    const { status, body } = answer(name, request.body);
    return reply.code(status).type(JSON_1_1).send(JSON.stringify(body));
  });
  await app.listen({ port, host: 'localhost' });
  // A server that listens on a port has an AddressInfo.
  const address = app.server.address() as AddressInfo;

  return {
    url: `http://localhost:${address.port}`,
    put(name, value) {
      const secret = secrets.has(name) ? secrets.find(name) : secrets.create(name);
      secrets.put(secret, { id: randomUUID(), value, stages: ['AWSCURRENT'] });
    },
    staged(name) {
      const { labels, versions } = secrets.find(name);
      return Object.fromEntries(
        [...labels].map(([stage, id]) => [stage, { id, value: versions.get(id)?.value }]),
      );
    },
    values: (name) => [...secrets.find(name).versions.values()].flatMap(({ value }) => value ?? []),
    reads,
    setOutage(outage) {
      isOut = outage;
    },
    rotateWith: rotations.invokeWith,
    idle: rotations.idle,
    failures: rotations.failures,
    async close() {
      // No call comes after this that could begin another one.
      await app.close();
      rotations.close();
    },
  };
}

function parseBody(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    throw invalidParameter('The body of the call is not JSON.');
  }
}
