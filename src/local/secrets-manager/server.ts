import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyError } from 'fastify';
import { listeningPort } from '../listening-port.ts';
import { createOperations } from './operations.ts';
import { createRotations, type FailedStep, type InvokeRotation } from './rotation.ts';
import { createSecrets, type LocalSecret, type PendingLeaves } from './secrets.ts';
import { invalidParameter, invalidRequest, SecretsManagerError } from './secrets-manager-error.ts';

const JSON_1_1 = 'application/x-amz-json-1.1';

export type LocalSecretsManager = Readonly<{
  url: string;
  /** Creates the secret, or gives it a new current value. */
  put(name: string, value: string): void;
  /** The versions of a secret, by staging label. */
  staged(name: string): Record<string, { id: string; value: string | undefined }>;
  /** The values of all versions of a secret, with or without a label. */
  values(name: string): string[];
  /** The id of every `GetSecretValue`, in order. Failed reads are included. */
  reads: readonly string[];
  /** During an outage every call gets a server error. */
  setOutage(outage: boolean): void;
  /** Reads see the secrets as they were this long ago (ms): on AWS a write may not be visible at once. */
  setLag(ms: number): void;
  /** Sets the function that `RotateSecret` calls. */
  rotateWith(invoke: InvokeRotation): void;
  /** Settles when no rotation runs. */
  idle(): Promise<void>;
  /** The failed steps of all rotations, in order. */
  failures: readonly FailedStep[];
  /** Stops the server, and every rotation after its current step. */
  close(): Promise<void>;
}>;

export type SecretsManagerOptions = Readonly<{
  port?: number;
  now?: () => number;
  /** The pause between two attempts of a rotation (ms). */
  retryPauseMs?: number;
  /** How long a write may be invisible at first (ms). */
  lagMs?: number;
  pendingLeaves?: PendingLeaves;
}>;

/** Starts a Secrets Manager in memory, with rotation, that speaks the protocol of the AWS SDKs. */
export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<LocalSecretsManager> {
  const { port = 0, now = Date.now, retryPauseMs = 1_000, pendingLeaves = 'after-rotation' } = options;
  let { lagMs = 0 } = options;
  const secrets = createSecrets(now, pendingLeaves);
  const rotations = createRotations({ secrets, now, pauseMs: retryPauseMs, pendingLeaves });
  const reads: string[] = [];
  const seen = ({ state }: LocalSecret) => state.at(now() - lagMs);
  const operations = createOperations(secrets, rotations, (id) => reads.push(id), seen);
  let isOut = false;

  const respond = (name: string, body: unknown) => {
    if (isOut)
      return { status: 500, body: { __type: 'InternalServiceError', message: 'An outage was ordered.' } };
    try {
      const operation = Object.entries(operations).find(([known]) => known === name)?.[1];
      if (!operation) throw invalidRequest(`The operation ${name} is not supported here.`);
      return { status: 200, body: operation(parseBody(body)) };
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      return { status: 400, body: { __type: error.name, message: error.message } };
    }
  };

  const app = Fastify({ forceCloseConnections: true });
  // Every body is taken as text, so that errors get the form of AWS and not that of fastify.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler<FastifyError>(({ statusCode = 500, message }, _request, reply) => {
    const [status, __type] = statusCode < 500 ? [400, 'ValidationException'] : [500, 'InternalServiceError'];
    return reply.code(status).type(JSON_1_1).send(JSON.stringify({ __type, message }));
  });
  app.post('/', async (request, reply) => {
    const name = String(request.headers['x-amz-target']).replace(/^secretsmanager\./, '');
    const { status, body } = respond(name, request.body);
    return reply.code(status).type(JSON_1_1).send(JSON.stringify(body));
  });
  await app.listen({ port, host: 'localhost' });

  return {
    url: `http://localhost:${listeningPort(app.server)}`,
    put(name, value) {
      const secret = secrets.has(name) ? secrets.find(name) : secrets.create(name);
      secrets.put(secret, { id: randomUUID(), value, stages: ['AWSCURRENT'] });
    },
    staged(name) {
      const { labels, versions } = secrets.find(name).state.latest();
      return Object.fromEntries(
        [...labels].map(([stage, id]) => [stage, { id, value: versions.get(id)?.value }]),
      );
    },
    values: (name) =>
      [...secrets.find(name).state.latest().versions.values()].flatMap(({ value }) => value ?? []),
    reads,
    setOutage(outage) {
      isOut = outage;
    },
    setLag(ms) {
      lagMs = ms;
    },
    rotateWith: rotations.invokeWith,
    idle: rotations.idle,
    failures: rotations.failures,
    async close() {
      // First the server: a call that is still being handled could start another rotation.
      await app.close();
      rotations.close();
    },
  };
}

function parseBody(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    throw invalidParameter('The request body is not JSON.');
  }
}
