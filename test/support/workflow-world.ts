import { randomUUID } from 'node:crypto';
import {
  DurableExecutionInvocationInputWithClient,
  type DurableLambdaHandler,
} from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner, type TestResult } from '@aws/durable-execution-sdk-js-testing';
import { RotateSecretCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { v7 as uuidv7 } from 'uuid';
import * as v from 'valibot';
import { createProbe } from '../../src/adyen/probe.ts';
import { createSend } from '../../src/adyen/send.ts';
import { createLog } from '../../src/cloudwatch/log.ts';
import { createMetrics } from '../../src/cloudwatch/metrics.ts';
import {
  parseCheckConfig,
  parseEnrolConfig,
  parseSecretRotationConfig,
  parseSweepConfig,
  parseWorkflowConfig,
} from '../../src/config/config.ts';
import { createAuditLog } from '../../src/dynamodb/audit-log.ts';
import { toItem } from '../../src/dynamodb/item.ts';
import { SEED } from '../../src/local/adyen-simulator/seed.ts';
import { type AdyenSimulator, startAdyenSimulator } from '../../src/local/adyen-simulator/server.ts';
import { withWaits } from '../../src/local/durable/waits.ts';
import { startDynamoDb } from '../../src/local/dynamodb.ts';
import { type LocalEventBus, startEventBus } from '../../src/local/event-bus/server.ts';
import type { RotationStep } from '../../src/local/secrets-manager/rotation.ts';
import {
  type LocalSecretsManager,
  type SecretsManagerOptions,
  startSecretsManager,
} from '../../src/local/secrets-manager/server.ts';
import { LOCAL_TABLE, settingsOf } from '../../src/local/settings.ts';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import type { SeenKey } from '../../src/rotation/check-key.ts';
import type { CheckResult } from '../../src/rotation/check-keys.ts';
import type { EnrolResult } from '../../src/rotation/enrol-credentials.ts';
import type { AuditLog } from '../../src/rotation/ports.ts';
import type { RotateCommand, RotateResult } from '../../src/rotation/rotate-command.ts';
import { type Rotation, RotationSchema, type SucceededRotation } from '../../src/rotation/rotation.ts';
import type { SweepResult } from '../../src/rotation/sweep.ts';
import { Secret } from '../../src/secret.ts';
import { readSecretRotationRequest } from '../../src/secret-rotation/request.ts';
import { createAwsClients } from '../../src/wiring/aws-clients.ts';
import { wireCheckKey } from '../../src/wiring/check-key.ts';
import { wireChecks } from '../../src/wiring/checks.ts';
import { wireEnrolCredentials } from '../../src/wiring/enrol-credentials.ts';
import { wireRotation } from '../../src/wiring/rotation.ts';
import { wireSecretRotation } from '../../src/wiring/secret-rotation.ts';
import { wireSweep } from '../../src/wiring/sweep.ts';
import { wireWorkflow } from '../../src/wiring/workflow.ts';
import { eventBridgeEvent } from './event-bridge-event.ts';
import { type AwsCall, type FateOf, type Gate, startGate } from './gate.ts';
import { credential, NOON } from './rotations.ts';

export const SECRET = `keyturn/keys/${credentialPath(credential)}`;

export type World = Readonly<{
  adyen: AdyenSimulator;
  bus: LocalEventBus;
  secretsManager: LocalSecretsManager;
  audit: AuditLog;
  /** The base URLs of the services, by name. */
  targets: Readonly<Record<'adyen' | 'dynamoDb' | 'secretsManager' | 'bus', string>>;
  /** Everything that was checkpointed, loaded at a resumption, or returned, as text. */
  kept: readonly string[];
  now(): number;
  passTime(ms: number): void;
  /** Runs an event to the end of its execution. */
  run(event: object, fateOf?: FateOf): Promise<TestResult>;
  /** Rotates as the function behind the HTTP route does. It stays warm: all calls have one cache. */
  rotateOverHttp(command?: Partial<RotateCommand>): Promise<RotateResult>;
  /** One call of Secrets Manager to the function that rotates secrets. Throws if the function is killed. */
  rotateSecret(step: RotationStep, fateOf?: FateOf): Promise<void>;
  /** Sets a rotation back to started, as if its function was killed before it closed the record. */
  reopen(rotation: SucceededRotation): Promise<void>;
  /** Runs the sweep. */
  sweep(): Promise<SweepResult>;
  /** Runs the enrolment of managed API credentials. */
  enrolCredentials(): Promise<EnrolResult>;
  /** Checks all keys in use. */
  checkKeys(): Promise<CheckResult>;
  /** Checks the key in use as the function behind the HTTP route does. */
  checkKeyOnRequest(): Promise<SeenKey | undefined>;
  /** Moves `AWSCURRENT` to a version, as an operator does. */
  moveCurrentTo(versionId: string): Promise<void>;
  /** Has Secrets Manager rotate the secret, to the end. */
  rotateBySecretsManager(): Promise<void>;
  /** Generates a key in the Customer Area, without Keyturn. */
  generateOutside(): void;
  rotations(): Promise<Rotation[]>;
  /** Whether the key of `AWSCURRENT` works at Adyen now. */
  currentKeyWorks(): Promise<boolean>;
  close(): Promise<void>;
}>;

/** A `RotateApiKey` event as EventBridge delivers it. */
export function rotateApiKey(detail: object = {}, envelope: object = {}) {
  return eventBridgeEvent({ ...credential, reason: 'quarterly rotation', ...detail }, envelope);
}

/**
 * Everything that the workflow uses. Keyturn, Adyen and Secrets Manager share one clock: it starts at noon,
 * and the waits of the workflow advance it. At the start, the managed secret has a key that works.
 *
 * @param onAwsCall is told of each call of the workflow and of the rotation function to an AWS service
 */
export async function startWorld(
  settings: Record<string, string> = {},
  secretsManagerOptions: Pick<SecretsManagerOptions, 'pendingLeaves'> = {},
  onAwsCall: (functionName: 'workflow' | 'secretRotation', call: AwsCall) => void = () => {},
): Promise<World> {
  let time = NOON;
  const now = () => time;
  const firstKey = `AQEfirst${randomUUID()}`;
  const seedPath = credentialPath(credential);
  const [adyen, dynamoDb, secretsManager, bus] = await Promise.all([
    startAdyenSimulator({
      now,
      seed: [
        ...SEED.filter(({ path }) => path !== seedPath),
        { path: seedPath, roles: ['Checkout webservice role'], key: firstKey },
      ],
    }),
    startDynamoDb(LOCAL_TABLE),
    startSecretsManager({ now, retryPauseMs: 0, ...secretsManagerOptions }),
    startEventBus({ rules: [], deliver: async () => {} }),
  ]);
  secretsManager.put(SECRET, JSON.stringify({ apiKey: firstKey }));
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...local } = settingsOf({
    adyen,
    dynamoDb,
    secretsManager,
    eventBus: bus,
  });
  Object.assign(process.env, { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
  const environment = {
    ...local,
    CALLER_GRANTS: JSON.stringify({ 'event:ops.keys': ['merchants/ACME_*/apiCredentials/*'] }),
    MANAGED_SECRETS: JSON.stringify({
      'merchants/ACME_NL/apiCredentials/*':
        'keyturn/keys/{level}/{accountId}/apiCredentials/{apiCredentialId}',
    }),
    UPSTREAM_TIMEOUT_MS: '300',
    ...settings,
  };
  const kept: string[] = [];
  let overHttp: ReturnType<typeof wireRotation> | undefined;
  const outside = {
    aws: createAwsClients({ dynamoDb: dynamoDb.url, secretsManager: secretsManager.url, bus: bus.url }),
    log: createLog(),
    metrics: createMetrics(),
    now,
  };
  const audit = createAuditLog(outside.aws.table, LOCAL_TABLE);
  const probe = createProbe({ send: createSend(), baseUrl: adyen.url, timeoutMs: 1_000 });
  const targets = {
    adyen: adyen.url,
    dynamoDb: dynamoDb.url,
    secretsManager: secretsManager.url,
    bus: bus.url,
  };

  const environmentBehind = (gate: Gate) => ({
    ...environment,
    ADYEN_MANAGEMENT_URL: `${gate.urlOf('adyen')}/v3`,
  });
  const clientsBehind = (gate: Gate) =>
    createAwsClients({
      dynamoDb: gate.urlOf('dynamoDb'),
      secretsManager: gate.urlOf('secretsManager'),
      bus: gate.urlOf('bus'),
    });

  /** One run of the function: everything in it is new, and all its calls go through a gate. */
  async function live(input: DurableExecutionInvocationInputWithClient, context: unknown, fateOf: FateOf) {
    const gate = await startGate(targets, fateOf, (call) => onAwsCall('workflow', call));
    const handler = wireWorkflow(parseWorkflowConfig(environmentBehind(gate)), {
      ...outside,
      aws: clientsBehind(gate),
    });
    const { durableExecutionClient: client } = input;
    let token = input.CheckpointToken;
    const observed = new DurableExecutionInvocationInputWithClient(input, {
      getExecutionState: (request) => client.getExecutionState(request),
      checkpoint: (request) =>
        gate.pass('Checkpoint', async () => {
          kept.push(JSON.stringify(request));
          const response = await client.checkpoint(request);
          token = response.CheckpointToken ?? token;
          return response;
        }),
    });
    const end = await Promise.race([
      // The runner passes the same arguments as Lambda to middy's handler.
      (handler as unknown as DurableLambdaHandler)(withWaits(observed, passed), context as never),
      gate.killed,
    ]);
    await gate.close();
    return { end, token };
  }

  async function rotateSecret(step: RotationStep, fateOf: FateOf = () => 'live') {
    const gate = await startGate(targets, fateOf, (call) => onAwsCall('secretRotation', call));
    const config = parseSecretRotationConfig(environmentBehind(gate));
    const rotateSecret = wireSecretRotation(config, { ...outside, aws: clientsBehind(gate) }, async (ms) => {
      time += ms;
    });
    const request = {
      ...readSecretRotationRequest(step),
      requestId: randomUUID(),
      invocationEndsAt: time + 300_000,
    };
    const isKilled = gate.killed.then(() => {
      throw new Error('the function was killed');
    });
    await Promise.race([rotateSecret(request), isKilled]).finally(() => gate.close());
  }

  const passed = (seconds: number) => {
    time += seconds * 1000;
    return seconds;
  };

  return {
    adyen,
    bus,
    secretsManager,
    audit,
    targets,
    kept,
    now,
    passTime(ms) {
      time += ms;
    },

    async run(event, fateOf = () => 'live') {
      const handlerFunction: DurableLambdaHandler = async (first, context) => {
        if (!DurableExecutionInvocationInputWithClient.isInstance(first))
          throw new TypeError('not from the runner');
        let input = first;
        for (;;) {
          const { end, token } = await live(input, context, fateOf);
          if (end) {
            kept.push(JSON.stringify(end));
            return end;
          }
          // As Lambda does: another invocation, with the checkpoints of the killed invocation.
          const { durableExecutionClient: client, DurableExecutionArn } = input;
          const state = await client.getExecutionState({
            DurableExecutionArn,
            CheckpointToken: token,
            Marker: '',
          });
          kept.push(JSON.stringify(state));
          input = new DurableExecutionInvocationInputWithClient(
            {
              DurableExecutionArn,
              CheckpointToken: token,
              InitialExecutionState: { Operations: state.Operations ?? [], NextMarker: '' },
            },
            client,
          );
        }
      };
      const result = await new LocalDurableTestRunner({ handlerFunction }).run({ payload: event });
      kept.push(JSON.stringify(result.getHistoryEvents()));
      return result;
    },

    async rotateOverHttp(command = {}) {
      overHttp ??= wireRotation(parseWorkflowConfig(environment), outside);
      return overHttp.rotate({
        rotationId: uuidv7(),
        credential,
        requestedBy: { source: 'http', subject: 'local-app' },
        requestId: 'gateway-1',
        request: { force: false },
        keyGoesTo: 'caller',
        invocationEndsAt: time + 29_000,
        ...command,
      });
    },

    rotateSecret,

    async reopen(rotation) {
      const started = v.parse(RotationSchema, {
        ...rotation,
        status: 'started',
        timeline: rotation.timeline.slice(0, 1),
      });
      await outside.aws.table.send(new PutCommand({ TableName: LOCAL_TABLE, Item: toItem(started) }));
    },

    async sweep() {
      const sweep = wireSweep(parseSweepConfig(environment), outside);
      return sweep(time + 60_000);
    },

    async enrolCredentials() {
      const enrolCredentials = wireEnrolCredentials(parseEnrolConfig(environment), outside);
      return enrolCredentials(time + 300_000);
    },

    async checkKeys() {
      const checkKeys = wireChecks(parseCheckConfig(environment), outside, async (ms) => {
        time += ms;
      });
      return checkKeys([{ from: 0, to: 1 }], time + 60_000);
    },

    async checkKeyOnRequest() {
      const { checkKey, managedSecretOf } = wireCheckKey(
        parseCheckConfig(environment),
        outside,
        async (ms) => {
          time += ms;
        },
      );
      const secret = managedSecretOf(credential);
      const seen = secret && (await checkKey.look(credential, secret, time + 29_000));
      if (seen) await checkKey.act(credential, seen);
      return seen;
    },

    async moveCurrentTo(versionId) {
      const RemoveFromVersionId = secretsManager.staged(SECRET).AWSCURRENT?.id;
      await outside.aws.secretsManager.send(
        new UpdateSecretVersionStageCommand({
          SecretId: SECRET,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: versionId,
          RemoveFromVersionId,
        }),
      );
    },

    async rotateBySecretsManager() {
      secretsManager.rotateWith((step) => rotateSecret(step));
      await outside.aws.secretsManager.send(new RotateSecretCommand({ SecretId: SECRET }));
      await secretsManager.idle();
    },

    generateOutside() {
      const found = adyen.credentials.find(seedPath);
      if (found) adyen.credentials.generateKey(found);
    },

    async rotations() {
      const newest = await audit.newest(credential);
      const numbers = Array.from({ length: newest?.number ?? 0 }, (_, index) => index + 1);
      const all = await Promise.all(numbers.map((number) => audit.get(credential, number)));
      return all.filter((rotation) => rotation !== undefined);
    },

    async currentKeyWorks() {
      const { value = '{}' } = secretsManager.staged(SECRET).AWSCURRENT ?? {};
      const { kind } = await probe(credential, new Secret(JSON.parse(value).apiKey));
      return kind === 'works';
    },

    async close() {
      for (const client of Object.values(outside.aws)) client.destroy();
      await Promise.all([adyen, dynamoDb, secretsManager, bus].map((service) => service.close()));
    },
  };
}
