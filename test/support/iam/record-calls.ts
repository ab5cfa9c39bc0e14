import {
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { vi } from 'vitest';
import { startTokenIssuer } from '../../../src/local/token-issuer.ts';
import { PATHS, rotateAndGoBack } from '../../workflow-histories/paths.ts';
import type { FunctionName } from '../function-names.ts';
import { type AwsCall, startGate } from '../gate.ts';
import { httpEvent, lambdaContext, rotateEvent } from '../http-event.ts';
import { credential } from '../rotations.ts';
import { SECRET, startWorld } from '../workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The functions whose handlers are loaded here. The workflow and the rotation function run in the workflow's world. */
const HANDLERS = {
  rotate: () => import('../../../src/handlers/rotate.ts'),
  rotations: () => import('../../../src/handlers/rotations.ts'),
  consumers: () => import('../../../src/handlers/consumers.ts'),
  state: () => import('../../../src/handlers/state.ts'),
  sweep: () => import('../../../src/handlers/sweep.ts'),
  checkKeys: () => import('../../../src/handlers/check-keys.ts'),
  checkKey: () => import('../../../src/handlers/check-key.ts'),
  enrolCredentials: () => import('../../../src/handlers/enrol-credentials.ts'),
  openapi: () => import('../../../src/handlers/openapi.ts'),
  health: () => import('../../../src/handlers/health.ts'),
  problems: () => import('../../../src/handlers/problems.ts'),
  console: () => import('../../../src/handlers/console.ts'),
  pages: () => import('../../../src/handlers/pages.ts'),
} as const satisfies Record<Exclude<FunctionName, 'workflow' | 'secretRotation'>, () => Promise<object>>;

/** The settings of a function, as its deployment has them. */
export type SettingsOf = (functionName: FunctionName) => Record<string, string>;

/**
 * Runs every function through each behaviour that needs a permission, and returns the calls to AWS services that each has
 * made over its sockets.
 *
 * Each function runs behind a gate of its own, which knows whose calls it sees: the production code has no part in the
 * recording. A handler has the settings of its deployment and no others; the rotation function has those of the workflow.
 */
export async function recordCalls(settingsOf: SettingsOf): Promise<Map<FunctionName, AwsCall[]>> {
  const calls = new Map<FunctionName, AwsCall[]>();
  const record = (name: FunctionName, call: AwsCall) => calls.set(name, [...(calls.get(name) ?? []), call]);
  const world = await startWorld(settingsOf('workflow'), {}, record);
  const issuer = await startTokenIssuer();
  const client = new SecretsManagerClient({ endpoint: world.secretsManager.url });
  const environment = { ...process.env };

  /** Loads a handler as a new container does, and lets it work at the time of the world. */
  async function inContainer<Name extends keyof typeof HANDLERS>(
    name: Name,
    use: (loaded: Awaited<ReturnType<(typeof HANDLERS)[Name]>>) => Promise<unknown>,
  ): Promise<void> {
    const gate = await startGate(
      world.targets,
      () => 'live',
      (call) => record(name, call),
    );
    process.env = {
      ...settingsOf(name),
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: gate.urlOf('dynamoDb'),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: gate.urlOf('secretsManager'),
      AWS_ENDPOINT_URL_EVENTBRIDGE: gate.urlOf('bus'),
      ADYEN_MANAGEMENT_URL: `${gate.urlOf('adyen')}/v3`,
      OIDC_ISSUER: issuer.url,
    };
    vi.resetModules();
    // The durable runner has replaced the timers of this process already.
    const clock = vi.spyOn(Date, 'now').mockImplementation(world.now);
    try {
      // The import of this name.
      await use((await HANDLERS[name]()) as Awaited<ReturnType<(typeof HANDLERS)[Name]>>);
    } finally {
      clock.mockRestore();
      process.env = environment;
      await gate.close();
    }
  }

  const bearer = async (clientId: string, scope: string) => {
    const now = Math.floor(world.now() / 1000);
    const token = await issuer.sign({ sub: clientId, client_id: clientId, scope, iat: now, exp: now + 600 });
    return { authorization: `Bearer ${token}` };
  };

  try {
    await rotate();
    await goTheWorkflowsPaths();
    await rotateBySecretsManager();
    await read();
    await tellStates();
    await acknowledge();
    await checkKeys();
    await checkKeyOnRequest();
    await enrol();
    await sweep();
    await inContainer('openapi', ({ handler }) => handler(httpEvent('GET /openapi.json'), lambdaContext()));
    await inContainer('health', ({ handler }) => handler(httpEvent('GET /health'), lambdaContext()));
    await inContainer('console', ({ handler }) => handler(httpEvent('GET /console'), lambdaContext()));
    await inContainer('pages', async ({ handler }) => {
      await handler(httpEvent('GET /'), lambdaContext());
      await handler(httpEvent('GET /docs'), lambdaContext());
    });
    await inContainer('problems', ({ handler }) => {
      const pathParameters = { code: 'overlap-active' };
      return handler(httpEvent('GET /problems/{code}', { pathParameters }), lambdaContext());
    });
  } finally {
    client.destroy();
    await issuer.close();
    await world.close();
  }
  return calls;

  /** Generates, stores and announces keys, and reads one back. */
  async function rotate(): Promise<void> {
    await inContainer('rotate', async ({ handler }) => {
      const token = await bearer('local-app', 'apikeys:rotate apikeys:force');
      const send = async (idempotencyKey: string) => {
        const headers = { ...token, 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
        const event = rotateEvent(credential, { headers, body: '{"force":true}' });
        const { statusCode, headers: own, body } = await handler(event, lambdaContext());
        if (statusCode === 200) return own?.['Idempotent-Replayed'];
        throw new Error(`The rotation got ${statusCode}: ${body?.replace(/"AQE.*?"/, '')}`);
      };
      for (const key of ['one', 'two']) await send(key);
      // A version that no rotation has made is current now: the rotation searches the earlier records for it.
      world.secretsManager.put(SECRET, '{"apiKey":"AQEofAnOperator"}');
      await send('three');
      if ((await send('three')) !== 'true') throw new Error('The rotation was not replayed.');
      const headers = { ...token, 'content-type': 'application/json' };
      const event = rotateEvent(credential, { headers, body: '{"dryRun":true}' });
      const { statusCode } = await handler(event, lambdaContext());
      if (statusCode !== 200) throw new Error(`The dry run got ${statusCode}.`);
    });
    await world.run(world.bus.events.at(-1) ?? {});
  }

  /** Each main path of the workflow, in a world of its own. */
  async function goTheWorkflowsPaths(): Promise<void> {
    for (const prepare of Object.values(PATHS)) {
      const own = await startWorld(settingsOf('workflow'), {}, record);
      await own.run(await prepare(own)).finally(() => own.close());
    }
  }

  async function rotateBySecretsManager(): Promise<void> {
    // Left over by a rotation that is long over: it is discarded.
    await client.send(
      new PutSecretValueCommand({
        SecretId: SECRET,
        ClientRequestToken: '0198c0de-0000-7000-8000-00000000dead',
        SecretString: '{"apiKey":"AQEleftOver"}',
        VersionStages: ['AWSPENDING'],
      }),
    );
    world.secretsManager.rotateWith((step) => world.rotateSecret(step));
    for (let turn = 0; turn < 2; turn += 1) {
      await client.send(new RotateSecretCommand({ SecretId: SECRET })).catch(() => {});
      await world.secretsManager.idle();
      world.passTime(25 * HOUR_MS);
    }
  }

  /** Every route, with the grants of a caller who may see whole accounts and of one who may see single API credentials. */
  async function read(): Promise<void> {
    const rotationId = (await world.rotations()).at(-1)?.id ?? '';
    await inContainer('rotations', async ({ handler }) => {
      for (const clientId of ['local-app', 'one-credential', 'some-credentials']) {
        const headers = await bearer(clientId, 'rotations:read');
        const list = 'GET /v1/rotations';
        const responses = [
          await handler(httpEvent(list, { headers }), lambdaContext()),
          await handler(httpEvent(list, { headers, query: { status: 'succeeded' } }), lambdaContext()),
          await handler(
            httpEvent('GET /v1/rotations/{rotationId}', { headers, pathParameters: { rotationId } }),
            lambdaContext(),
          ),
          await handler(
            httpEvent('GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations', {
              headers,
              pathParameters: { ...credential },
            }),
            lambdaContext(),
          ),
        ];
        for (const { statusCode, body } of responses) {
          if (statusCode !== 200) throw new Error(`A read of ${clientId} got ${statusCode}: ${body}`);
        }
      }
    });
  }

  /** Tells the state of a key whose successor is not in use yet: both records are read. */
  async function tellStates(): Promise<void> {
    world.passTime(25 * HOUR_MS);
    await world.rotateOverHttp({ request: { force: true } });
    await inContainer('state', async ({ handler }) => {
      const headers = await bearer('local-app', 'rotations:read');
      const route = 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}';
      const event = httpEvent(route, { headers, pathParameters: { ...credential } });
      const { statusCode, body } = await handler(event, lambdaContext());
      if (statusCode !== 200 || JSON.parse(body ?? '{}').state !== 'pending') {
        throw new Error(`The state got ${statusCode}: ${body}`);
      }
      const list = await handler(httpEvent('GET /v1/apiCredentials', { headers }), lambdaContext());
      if (list.statusCode !== 200) throw new Error(`The list of states got ${list.statusCode}: ${list.body}`);
    });
    await world.run(world.bus.events.at(-1) ?? {});
  }

  /** Confirms a key that could not be stored, whose event is not on the bus yet, and then the key of an earlier rotation. */
  async function acknowledge(): Promise<void> {
    const own = { ...credential, apiCredentialId: 'S2-MANAGED-1' };
    const fingerprints: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      world.bus.setOutage(true);
      const result = await world.rotateOverHttp({ credential: own, request: { force: true } });
      world.bus.setOutage(false);
      if (result.kind !== 'issued') throw new Error(`no key was issued: ${result.kind}`);
      fingerprints.push(result.rotation.key?.fingerprint ?? '');
    }
    await inContainer('consumers', async ({ handler }) => {
      const headers = {
        ...(await bearer('local-app', 'apikeys:acknowledge')),
        'content-type': 'application/json',
      };
      const route = 'PUT /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/consumers/{consumerId}';
      for (const keyFingerprint of fingerprints.toReversed()) {
        const event = httpEvent(route, {
          headers,
          pathParameters: { ...own, consumerId: 'checkout' },
          body: JSON.stringify({ keyFingerprint }),
        });
        const { statusCode, body } = await handler(event, lambdaContext());
        if (statusCode !== 200) throw new Error(`The acknowledgement got ${statusCode}: ${body}`);
      }
    });
  }

  /**
   * Ends rotations whose function was killed, the first one of an API credential too, raises an event that is due, and sees
   * that a rotation was followed.
   */
  async function sweep(): Promise<void> {
    for (const own of [
      credential,
      { ...credential, accountId: 'ACME_DE', apiCredentialId: 'S2-RACER-001' },
    ]) {
      await world.rotateOverHttp({ credential: own, request: { force: true } });
      const rotation = await world.audit.newest(own);
      if (rotation?.status !== 'succeeded') throw new Error('no key was issued');
      await world.reopen(rotation);
    }
    world.passTime(10 * MINUTE_MS);
    const sweepOnce = () =>
      inContainer('sweep', async ({ handler }) => {
        const { failed } = await handler({}, lambdaContext(60_000));
        if (failed > 0) throw new Error('The sweep has failed.');
      });
    await sweepOnce();
    world.bus.setOutage(true);
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp({ request: { force: true } });
    world.bus.setOutage(false);
    world.passTime(3 * HOUR_MS);
    await sweepOnce();
  }

  /** Finds that an operator went back to an earlier key, and then a key in use that is dead. */
  async function checkKeys(): Promise<void> {
    await rotateAndGoBack(world);
    await check();
    // Without a label, the version becomes current.
    await client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: '{"apiKey":"AQEdead"}' }));
    await check();
  }

  /** The same for one key, as a caller asks. */
  async function checkKeyOnRequest(): Promise<void> {
    // Another key that works, to go back to.
    world.passTime(25 * HOUR_MS);
    await world.rotateBySecretsManager();
    world.passTime(25 * HOUR_MS);
    await rotateAndGoBack(world);
    await checkOne('works');
    await client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: '{"apiKey":"AQEdead"}' }));
    await checkOne('dead');
  }

  async function checkOne(expected: string): Promise<void> {
    await inContainer('checkKey', async ({ handler }) => {
      const headers = await bearer('local-app', 'apikeys:rotate');
      const route = 'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check';
      const event = httpEvent(route, { headers, pathParameters: { ...credential } });
      const { statusCode, body = '' } = await handler(event, lambdaContext());
      if (statusCode !== 200 || JSON.parse(body).result !== expected) {
        throw new Error(`The check got ${statusCode}: ${body}`);
      }
    });
  }

  /** Makes a managed key known that has never rotated. */
  async function enrol(): Promise<void> {
    world.secretsManager.put(SECRET.replace(/[^/]+$/, 'S2-MANAGED-NEW'), '{"apiKey":"AQEnew"}');
    await inContainer('enrolCredentials', ({ handler }) => handler({}, lambdaContext(300_000)));
  }

  async function check(): Promise<void> {
    await inContainer('checkKeys', async ({ handler }) => {
      // The handler reads only the time. With the interval in the settings, each run checks every key.
      const event = { time: new Date(world.now()).toISOString() } as Parameters<typeof handler>[0];
      await handler(event, lambdaContext(60_000));
    });
  }
}
