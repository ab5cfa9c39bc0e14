import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableContext } from '@aws/durable-execution-sdk-js';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { v7 as uuidv7 } from 'uuid';
import { parseEnrolConfig, parseWorkflowConfig } from '../../src/config/config.ts';
import { patternsOf } from '../../src/config/grants.ts';
import { durableOf } from '../../src/durable-functions/durable-context.ts';
import { readInput } from '../../src/event-bus/read-input.ts';
import { scaledClock } from '../../src/local/adyen-simulator/scaled-clock.ts';
import { SEED } from '../../src/local/adyen-simulator/seed.ts';
import { type AdyenSimulator, startAdyenSimulator } from '../../src/local/adyen-simulator/server.ts';
import { readRules } from '../../src/local/event-bus/rules.ts';
import { type LocalEventBus, startEventBus } from '../../src/local/event-bus/server.ts';
import { startSecretsManager } from '../../src/local/secrets-manager/server.ts';
import { LOCAL_EVENT_SOURCE, settingsOf } from '../../src/local/settings.ts';
import { type ApiCredential, parseCredentialPath } from '../../src/rotation/api-credential.ts';
import { isCovered } from '../../src/rotation/credential-pattern.ts';
import type { AuditLog } from '../../src/rotation/ports.ts';
import { assembleWorkflow } from '../../src/wiring/assemble-workflow.ts';
import { createAwsClients } from '../../src/wiring/aws-clients.ts';
import { wireEnrolCredentials } from '../../src/wiring/enrol-credentials.ts';
import { wireRotation } from '../../src/wiring/rotation.ts';
import { WorkflowFailed } from '../../src/workflow/durable.ts';
import { logTo, metricsWith } from './deps.ts';
import { startDynamoDbThread } from './dynamodb-thread.ts';
import { type Run, runNode } from './process.ts';

/** What is left of each invocation (ms of the scaled clock): days, so that a busy machine ends none. */
const REMAINING_MS = 10 * 24 * 60 * 60_000;

/** How long a key may take until it is seen working (s of the scaled clock). */
const VERIFICATION_S = 4 * 60 * 60;

/** The pause before a failed step is run again (ms). */
const STEP_PAUSE_MS = 100;
/** How many steps run at once, as Lambda's concurrency bounds them: on a busy machine no call then waits for its timeout. */
const STEPS_AT_ONCE = 20;

/** Runs steps, a few at once. As the SDK does it, a step that fails for a while is run again. */
function createRunStep(signal: AbortSignal) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run: () => Promise<unknown>): Promise<unknown> => {
    for (;;) {
      if (running >= STEPS_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
      running += 1;
      try {
        return await run();
      } catch (error) {
        if (signal.aborted || error instanceof WorkflowFailed) throw error;
      } finally {
        running -= 1;
        waiting.shift()?.();
      }
      await sleep(STEP_PAUSE_MS, undefined, { signal });
    }
  };
}

export type LocalStack = Readonly<{
  adyen: AdyenSimulator;
  audit: AuditLog;
  bus: LocalEventBus;
  /** When each RotateApiKey event was delivered (ms), in order. */
  deliveredAt: readonly number[];
  credentials: readonly ApiCredential[];
  /** The time of Keyturn and Adyen (ms since the epoch). */
  now(): number;
  secretsManagerClient: SecretsManagerClient;
  secretId(credential: ApiCredential): string;
  /** During an outage every call to Secrets Manager gets a server error. */
  setSecretsOutage(outage: boolean): void;
  /** The key that the app reads now. */
  currentKey(credential: ApiCredential): string;
  /** Runs `npm run rotate` against these services. */
  rotate(...args: string[]): Run;
  close(): Promise<void>;
}>;

/**
 * The services of `npm start` and the workflow's own code, with many managed API credentials. Two things are lighter: the
 * executions keep no checkpoints, and the clock of Keyturn and Adyen runs `scale` times as fast, so that the five minutes
 * of the propagation are short. The command's own clock is the real one.
 */
export async function startLocalStack(paths: readonly string[], scale: number): Promise<LocalStack> {
  const now = scaledClock(scale);
  const seed = paths.map((path) => ({ path, roles: [], key: `AQEfirst${randomUUID()}` }));
  const deliveredAt: number[] = [];
  const stopped = new AbortController();
  let runWorkflow: (event: unknown) => Promise<unknown> = async () => {};
  const [adyen, dynamoDb, secretsManager, eventBus] = await Promise.all([
    startAdyenSimulator({ now, seed: [...SEED, ...seed] }),
    startDynamoDbThread(),
    startSecretsManager({ now }),
    startEventBus({
      rules: await readRules(),
      async deliver(target, event) {
        if (event['detail-type'] === 'RotateApiKey') deliveredAt.push(Date.now());
        if (target === 'workflow') await runWorkflow(event);
      },
      // A refused event, which goes to the dead-letter queue on AWS.
      onFailed() {},
    }),
  ]);
  const local = settingsOf({ adyen, dynamoDb, secretsManager, eventBus });
  Object.assign(process.env, {
    AWS_REGION: local.AWS_REGION,
    AWS_ACCESS_KEY_ID: local.AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: local.AWS_SECRET_ACCESS_KEY,
  });
  const environment = {
    ...local,
    // At that speed an hour may be a second, in which a busy machine does not see a key work.
    KEY_VERIFICATION_SECONDS: String(VERIFICATION_S),
    CALLER_GRANTS: JSON.stringify({ [`event:${LOCAL_EVENT_SOURCE}`]: ['merchants/ACME_*/apiCredentials/*'] }),
    MANAGED_SECRETS: JSON.stringify({
      'merchants/ACME_*/apiCredentials/S2-CAMPAIGN-*': 'keyturn/keys/{accountId}/{apiCredentialId}',
    }),
  };
  const runtime = {
    aws: createAwsClients({ dynamoDb: dynamoDb.url, secretsManager: secretsManager.url, bus: eventBus.url }),
    log: logTo(() => {}),
    metrics: metricsWith(),
    now,
  };
  const config = parseWorkflowConfig(environment);
  const wired = wireRotation(config, runtime);
  const grants = 'value' in config.grants ? config.grants.value : new Map();
  const workflow = assembleWorkflow({
    ...wired,
    isGranted: (source, credential) => isCovered(credential, patternsOf(grants, [`event:${source}`])),
    rules: config.rules,
    newId: uuidv7,
    random: Math.random,
    ...runtime,
  });
  const runStep = createRunStep(stopped.signal);
  const context = {
    step: (_name: string, run: () => Promise<unknown>) => runStep(run),
    wait: (_name: string, { seconds }: { seconds: number }) =>
      sleep((seconds * 1000) / scale, undefined, { signal: stopped.signal }),
    lambdaContext: { getRemainingTimeInMillis: () => REMAINING_MS },
  };
  // The adapter uses these three members only.
  const durable = durableOf(context as unknown as DurableContext, now);
  runWorkflow = (event) => workflow(readInput(event), durable);

  const nameOf = ({ accountId, apiCredentialId }: ApiCredential) =>
    `keyturn/keys/${accountId}/${apiCredentialId}`;
  const credentials = paths.map((path) => {
    const credential = parseCredentialPath(path);
    if (!credential) throw new Error(`not a credential path: ${path}`);
    return credential;
  });
  seed.forEach(({ key }, index) => {
    const credential = credentials[index];
    if (credential) secretsManager.put(nameOf(credential), JSON.stringify({ apiKey: key }));
  });
  await wireEnrolCredentials(parseEnrolConfig(environment), runtime)(now() + REMAINING_MS);

  return {
    adyen,
    audit: wired.audit,
    bus: eventBus,
    deliveredAt,
    credentials,
    now,
    secretsManagerClient: runtime.aws.secretsManager,
    secretId: nameOf,
    setSecretsOutage: secretsManager.setOutage,
    currentKey: (credential) =>
      JSON.parse(secretsManager.staged(nameOf(credential)).AWSCURRENT?.value ?? '{}').apiKey,
    rotate: (...args) =>
      runNode(['src/cli/rotate.ts', ...args], {
        DYNAMODB_PORT: new URL(dynamoDb.url).port,
        EVENTS_PORT: new URL(eventBus.url).port,
      }),
    async close() {
      stopped.abort();
      await eventBus.idle();
      for (const client of Object.values(runtime.aws)) client.destroy();
      await Promise.all([adyen, dynamoDb, secretsManager, eventBus].map((service) => service.close()));
    },
  };
}
