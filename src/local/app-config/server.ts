import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import * as v from 'valibot';
import { listeningPort } from '../listening-port.ts';
import { createSessions } from './sessions.ts';

export type LocalAppConfig = Readonly<{
  url: string;
  /** Deploys a document to a profile: `<application>/<environment>/<profile>`. */
  deploy(profile: string, document: string): void;
  /** The profiles with a document. */
  profiles(): string[];
  /** How often a client asked for the newest document. */
  reads(): number;
  /** During an outage every call gets a server error. */
  setOutage(outage: boolean): void;
  close(): Promise<void>;
}>;

const SessionSchema = v.object({
  ApplicationIdentifier: v.string(),
  EnvironmentIdentifier: v.string(),
  ConfigurationProfileIdentifier: v.string(),
  RequiredMinimumPollIntervalInSeconds: v.optional(v.pipe(v.number(), v.minValue(15)), 15),
});

/**
 * Starts the data plane of AppConfig in memory, which speaks the protocol of the AWS SDKs. `PUT /_local/<application>/
 * <environment>/<profile>` deploys a document.
 */
export async function startAppConfig(
  options: Readonly<{ port?: number; now?: () => number }> = {},
): Promise<LocalAppConfig> {
  const { port = 0, now = () => Date.now() } = options;
  const documents = new Map<string, Readonly<{ version: string; text: string }>>();
  const sessions = createSessions(now);
  let isOut = false;
  let reads = 0;

  const app = Fastify({ forceCloseConnections: true, bodyLimit: 4 * 1024 * 1024 });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (_request, reply) => {
    if (isOut) await reply.code(500).header('x-amzn-errortype', 'InternalServerException').send({});
  });

  app.post('/configurationsessions', async (request, reply) => {
    const session = v.safeParse(SessionSchema, request.body);
    if (!session.success) return reply.code(400).header('x-amzn-errortype', 'BadRequestException').send({});
    const { ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier } = session.output;
    const profile = [ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier].join('/');
    const pollIntervalMs = session.output.RequiredMinimumPollIntervalInSeconds * 1000;
    const InitialConfigurationToken = sessions.begin({ profile, pollIntervalMs });
    return reply.code(201).send({ InitialConfigurationToken });
  });

  app.get<{ Querystring: { configuration_token?: string } }>('/configuration', async ({ query }, reply) => {
    reads += 1;
    const document = (profile: string) => documents.get(profile);
    const answer = sessions.next(query.configuration_token ?? '', document);
    if (!answer) return reply.code(400).header('x-amzn-errortype', 'BadRequestException').send({});
    return reply
      .header('Next-Poll-Configuration-Token', answer.token)
      .header('Next-Poll-Interval-In-Seconds', String(answer.pollIntervalMs / 1000))
      .type('application/octet-stream')
      .send(Buffer.from(answer.text));
  });

  app.put<{ Params: { '*': string } }>('/_local/*', async (request, reply) => {
    const { body } = request;
    deploy(request.params['*'], typeof body === 'string' ? body : JSON.stringify(body));
    return reply.code(204).send();
  });

  await app.listen({ port, host: 'localhost' });
  return {
    url: `http://localhost:${listeningPort(app.server)}`,
    deploy,
    profiles: () => [...documents.keys()],
    reads: () => reads,
    setOutage(outage) {
      isOut = outage;
    },
    close: () => app.close(),
  };

  function deploy(profile: string, text: string): void {
    documents.set(profile, { version: randomUUID(), text });
  }
}
