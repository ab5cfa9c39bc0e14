import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import * as v from 'valibot';

/** An error as the AWS JSON 1.1 protocol gives it. */
type Refusal = Readonly<{ __type: string; message: string }>;
type StoredSecret = Readonly<{ ARN: string; Name: string; VersionId: string; SecretString: string }>;

export type LocalSecretsManager = Readonly<{
  url: string;
  /** Creates the secret or gives it a new value. */
  put(name: string, value: string): void;
  /** The ids that were read, in order, refused reads included. */
  reads: readonly string[];
  /** While true, every call is answered with a server error. */
  setOutage(outage: boolean): void;
  close(): Promise<void>;
}>;

const GetSecretValueSchema = v.object({ SecretId: v.string() });
const PutSecretValueSchema = v.object({ SecretId: v.string(), SecretString: v.string() });

/** Starts a Secrets Manager in memory: `GetSecretValue` and `PutSecretValue`, by name or ARN, in the protocol of the AWS SDKs. */
export async function startSecretsManager(port = 0): Promise<LocalSecretsManager> {
  const secrets = new Map<string, StoredSecret>();
  const reads: string[] = [];
  let isOut = false;

  const put = (name: string, SecretString: string): StoredSecret => {
    const ARN = `arn:aws:secretsmanager:local:000000000000:secret:${name}-local0`;
    const secret = { ARN, Name: name, VersionId: randomUUID(), SecretString };
    secrets.set(name, secret).set(ARN, secret);
    return secret;
  };

  const operations: Record<string, (input: unknown) => object | Refusal> = {
    GetSecretValue(input) {
      const { SecretId } = v.parse(GetSecretValueSchema, input);
      reads.push(SecretId);
      return secrets.get(SecretId) ?? notFound();
    },
    PutSecretValue(input) {
      const { SecretId, SecretString } = v.parse(PutSecretValueSchema, input);
      const secret = secrets.get(SecretId);
      if (!secret) return notFound();
      const { ARN, Name, VersionId } = put(secret.Name, SecretString);
      return { ARN, Name, VersionId, VersionStages: ['AWSCURRENT'] };
    },
  };

  const app = Fastify({ forceCloseConnections: true });
  app.addContentTypeParser('application/x-amz-json-1.1', { parseAs: 'string' }, (_request, body, done) => {
    done(null, JSON.parse(String(body)));
  });
  app.post('/', async (request, reply) => {
    const target = String(request.headers['x-amz-target']).replace(/^secretsmanager\./, '');
    const operation = operations[target];
    const answer = isOut
      ? { __type: 'InternalServiceError', message: 'An outage was ordered.' }
      : (operation?.(request.body) ?? { __type: 'InvalidRequestException', message: `No ${target} here.` });
    const status = '__type' in answer ? (isOut ? 500 : 400) : 200;
    return reply.code(status).type('application/x-amz-json-1.1').send(JSON.stringify(answer));
  });
  await app.listen({ port, host: 'localhost' });
  // A server that listens on a port has an AddressInfo.
  const address = app.server.address() as AddressInfo;

  return {
    url: `http://localhost:${address.port}`,
    put,
    reads,
    setOutage(outage) {
      isOut = outage;
    },
    close: () => app.close(),
  };
}

function notFound(): Refusal {
  return {
    __type: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  };
}
