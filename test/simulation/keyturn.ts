import * as v from 'valibot';
import { createAcknowledge } from '../../src/rotation/acknowledge.ts';
import type { ApiCredential } from '../../src/rotation/api-credential.ts';
import { createCheckKey } from '../../src/rotation/check-key.ts';
import { createCheckKeys, windowsAt } from '../../src/rotation/check-keys.ts';
import { createCheckAudit } from '../../src/rotation/dry-run/check-audit.ts';
import { createCheckManagedSecret } from '../../src/rotation/dry-run/check-managed-secret.ts';
import { createCheckUpstream } from '../../src/rotation/dry-run/check-upstream.ts';
import { createDryRun } from '../../src/rotation/dry-run/dry-run.ts';
import { createEnrolCredentials } from '../../src/rotation/enrol-credentials.ts';
import type { BusEvent as KeyturnEvent } from '../../src/rotation/lifecycle.ts';
import { ManagedSecretError } from '../../src/rotation/managed-secret-error.ts';
import type {
  AddPlace,
  AuditLog,
  Clock,
  ConsumerLog,
  DeadKey,
  FindByPlace,
  FindDue,
  GenerateApiKey,
  ListSecrets,
  Log,
  ManagedSecret,
  ManagedSecretOf,
  ManagementCredential,
  Metrics,
  Probe,
  Publish,
  ReadApiCredential,
  ReadManagementCredential,
  ReportDeadKey,
} from '../../src/rotation/ports.ts';
import { createNoteRollback } from '../../src/rotation/rollback.ts';
import { RotationSchema } from '../../src/rotation/rotation.ts';
import type { RotationRequest } from '../../src/rotation/rotation-request.ts';
import type { RotationRules } from '../../src/rotation/rules.ts';
import { createSweep } from '../../src/rotation/sweep.ts';
import { createWarnOfSwitch } from '../../src/rotation/switch-overdue.ts';
import { Unavailable } from '../../src/rotation/unavailable.ts';
import { assembleAudit } from '../../src/wiring/assemble-audit.ts';
import { assembleRotation } from '../../src/wiring/assemble-rotation.ts';
import { assembleSecretRotation } from '../../src/wiring/assemble-secret-rotation.ts';
import { assembleWorkflow } from '../../src/wiring/assemble-workflow.ts';
import { type Durable, WorkflowFailed } from '../../src/workflow/durable.ts';
import type { WorkflowInput } from '../../src/workflow/workflow-input.ts';
import { type HttpRequest, type HttpResponse, responseOf } from './http-response.ts';
import type { FunctionSettings } from './kernel/lambda.ts';
import type { RetryDelay } from './models/durable.ts';
import { StepError } from './models/durable.ts';
import type { BusEvent } from './models/event-bus.ts';
import type { StepRequest } from './models/secret-rotation.ts';

/*
 * The only file that knows how Keyturn is put together: src/wiring assembles it as in production, with models at the
 * ports; the rest is what src/handlers and serverless.yml say, for one process. Everything else here knows ports, functions and events by the names of this file.
 */

const MINUTE_MS = 60_000;

/** The settings' default values. */
export const RULES: RotationRules = {
  minIntervalMs: 24 * 60 * MINUTE_MS,
  quarantineMs: 2 * MINUTE_MS,
  propagationMs: 5 * MINUTE_MS,
  verificationMs: 60 * MINUTE_MS,
};

/** `KEY_CHECK_SECONDS` (ms): within this time an outage must be found. */
export const CHECK_INTERVAL_MS = 60 * MINUTE_MS;
/** Between two runs of the check (ms). Every minute in production: here, most of those runs would find nothing to do. */
const CHECK_PERIOD_MS = 5 * MINUTE_MS;

/** The functions of serverless.yml. The one behind HTTP responds a little before it is ended (`timeoutEarlyInMillis`). */
export const FUNCTIONS = {
  rotate: { timeoutMs: 29_000, respondsEarlyMs: 250 },
  consumers: { timeoutMs: 29_000, respondsEarlyMs: 250 },
  workflow: { timeoutMs: 60_000 },
  secretRotation: { timeoutMs: 300_000 },
  sweep: { timeoutMs: 60_000 },
  checkKeys: { timeoutMs: 60_000 },
  enrolCredentials: { timeoutMs: 300_000 },
  checkKey: { timeoutMs: 29_000, respondsEarlyMs: 250 },
  // In production this is `rotate`. Here it has containers of its own, so that the oracle can tell what it does.
  dryRun: { timeoutMs: 29_000, respondsEarlyMs: 250 },
} as const satisfies Record<string, FunctionSettings>;

export type FunctionName = keyof typeof FUNCTIONS;

/** What runs on a schedule. A new periodic function is one more line here and in `FUNCTIONS`. */
export const PERIODIC: readonly Readonly<{
  name: FunctionName;
  everyMs: number;
  /** `at` is the scheduled time. */
  run: (keyturn: Keyturn, endsAt: number, at: number) => Promise<unknown>;
}>[] = [
  { name: 'sweep', everyMs: 5 * MINUTE_MS, run: (keyturn, endsAt) => keyturn.sweep(endsAt) },
  {
    name: 'checkKeys',
    everyMs: CHECK_PERIOD_MS,
    run: (keyturn, endsAt, at) => keyturn.checkKeys(endsAt, at),
  },
  {
    name: 'enrolCredentials',
    everyMs: 60 * MINUTE_MS,
    run: (keyturn, endsAt) => keyturn.enrolCredentials(endsAt),
  },
];

/** The longest that an execution may last (`executionTimeout`). */
export const EXECUTION_TIMEOUT_MS = 2_592_000_000;

/** The `source` of Keyturn's own events. */
export const OWN_SOURCE = 'keyturn';

/** The events that tell a person of trouble with a credential's key. */
export const TROUBLE_EVENTS: readonly string[] = [
  'ApiKeyRotationFailed',
  'ApiKeyRotationUnknown',
  'ApiKeyRotationStalled',
  'ApiKeyDisplaced',
  'ApiKeyHealed',
  'ApiKeyRolledBack',
  'ApiKeyDead',
] satisfies (KeyturnEvent | 'ApiKeyDead')[];

/** What Keyturn has from outside, in one process. */
export type Outside = Readonly<{
  audit: AuditLog;
  consumers: ConsumerLog;
  findDue: FindDue;
  findByPlace: FindByPlace;
  addPlace: AddPlace;
  listSecrets: ListSecrets;
  reportDeadKey: ReportDeadKey;
  random: () => number;
  managedSecretOf: ManagedSecretOf;
  openSecret: (id: string) => ManagedSecret;
  credentialOf: (name: string, arn: string) => ApiCredential | undefined;
  isGranted: (source: string, credential: ApiCredential) => boolean;
  managementCredential: ManagementCredential;
  generateApiKey: GenerateApiKey;
  probe: Probe;
  readManagementCredential: ReadManagementCredential;
  readApiCredential: ReadApiCredential;
  publish: Publish;
  now: Clock;
  sleep: (ms: number) => Promise<unknown>;
  newId: () => string;
  log: Log;
  metrics: Metrics;
}>;

/** Keyturn in one process. */
export type Keyturn = Readonly<{
  rotateOverHttp(request: HttpRequest, endsAt: number): Promise<HttpResponse>;
  /** Whether it was noted. */
  acknowledge(credential: ApiCredential, consumerId: string, keyFingerprint: string): Promise<boolean>;
  workflow(input: WorkflowInput, durable: Durable): Promise<unknown>;
  rotateSecret(request: StepRequest & { requestId: string }, endsAt: number): Promise<void>;
  sweep(endsAt: number): Promise<unknown>;
  checkKeys(endsAt: number, at: number): Promise<unknown>;
  enrolCredentials(endsAt: number): Promise<unknown>;
  /** Nothing for an API credential without a managed secret. */
  checkKey(credential: ApiCredential, endsAt: number): Promise<unknown>;
  dryRun(credential: ApiCredential, force: boolean, endsAt: number): Promise<unknown>;
}>;

export function wireKeyturn(outside: Outside): Keyturn {
  const {
    audit,
    findDue,
    findByPlace,
    addPlace,
    listSecrets,
    reportDeadKey,
    random,
    managedSecretOf,
    openSecret,
    credentialOf,
    isGranted,
  } = outside;
  const { consumers, managementCredential, generateApiKey, probe, publish, now, sleep, newId, log, metrics } =
    outside;

  const { commit, announce, clearOutbox, expire, recordKeyEvent } = assembleAudit({
    audit,
    managedSecretOf,
    publish,
    rules: RULES,
    now,
    log,
    metrics,
  });
  const { readNewest, rotate } = assembleRotation({
    audit,
    commit,
    announce,
    expire,
    managedSecretOf,
    managementCredential,
    generateApiKey,
    rules: RULES,
    now,
    log,
    metrics,
  });
  const workflow = assembleWorkflow({
    audit,
    readNewest,
    rotate,
    commit,
    announce,
    recordKeyEvent,
    managedSecretOf,
    probe,
    isGranted,
    rules: RULES,
    newId,
    random,
    now,
    log,
    metrics,
  });
  const rotateSecret = assembleSecretRotation({
    audit,
    rotate,
    recordKeyEvent,
    managementCredential,
    probe,
    credentialOf,
    openSecret,
    newId,
    now,
    sleep,
    metrics,
  });
  const sweep = createSweep({
    findDue,
    managedSecretOf,
    audit,
    announce,
    clearOutbox,
    warnOfSwitch: createWarnOfSwitch({ consumers, announce, clearOutbox }),
    recordKeyEvent,
    expire,
    now,
    log,
    metrics,
  });
  const acknowledge = createAcknowledge({ audit, consumers, recordKeyEvent, now });
  const noteRollback = createNoteRollback({ audit, recordKeyEvent, now });
  const checks = { managedSecretOf, probe, reportDeadKey, noteRollback, now, sleep, log, metrics };
  const checkKeys = createCheckKeys({ ...checks, findByPlace });
  const checkKey = createCheckKey(checks);
  const dryRun = createDryRun({
    managedSecretOf,
    checkAudit: createCheckAudit({ audit, rules: RULES, now, log }),
    checkUpstream: createCheckUpstream({
      managementCredential,
      readManagementCredential: outside.readManagementCredential,
      readApiCredential: outside.readApiCredential,
      log,
    }),
    checkManagedSecret: createCheckManagedSecret({ log }),
  });
  const enrolCredentials = createEnrolCredentials({
    listSecrets,
    credentialOf,
    findByPlace,
    addPlace,
    now,
  });

  return {
    async rotateOverHttp({ credential, subject, requestId, request, idempotencyKey }, endsAt) {
      try {
        const result = await rotate({
          rotationId: newId(),
          credential,
          requestedBy: { source: 'http', subject, clientId: subject, sourceIp: '192.0.2.1' },
          requestId,
          request,
          ...(idempotencyKey !== undefined && { idempotencyKey }),
          keyGoesTo: 'caller',
          invocationEndsAt: endsAt,
        });
        return responseOf(result, now());
      } catch (error) {
        if (error instanceof Unavailable) return { status: 503, code: error.code, retryAfterMs: 10_000 };
        if (error instanceof ManagedSecretError) {
          return { status: 503, code: 'managed-secret-unavailable', retryAfterMs: 10_000 };
        }
        log.error('internal', { error });
        return { status: 500, code: 'internal' };
      }
    },
    async acknowledge(credential, consumerId, keyFingerprint) {
      try {
        await acknowledge(credential, consumerId, keyFingerprint);
        return true;
      } catch (error) {
        if (!(error instanceof Unavailable)) log.error('internal', { error });
        return false;
      }
    },
    workflow,
    rotateSecret: (request, endsAt) => rotateSecret({ ...request, invocationEndsAt: endsAt }),
    sweep,
    checkKeys: (endsAt, at) => checkKeys(windowsAt(at, CHECK_PERIOD_MS, CHECK_INTERVAL_MS), endsAt),
    enrolCredentials,
    async checkKey(credential, endsAt) {
      const secret = managedSecretOf(credential);
      const seen = secret && (await checkKey.look(credential, secret, endsAt));
      if (seen) await checkKey.act(credential, seen);
    },
    dryRun: (credential, force, endsAt) => dryRun({ credential, force, invocationEndsAt: endsAt }),
  };
}

/** What starts the workflow: the rules of serverless.yml, and what `readInput` makes of an event. */
export function workflowInputOf({ id, source, type, detail }: BusEvent): WorkflowInput | undefined {
  if (source !== OWN_SOURCE) {
    if (type !== 'RotateApiKey') return undefined;
    // Those who ask put this detail on the bus: see triggers/events.ts.
    const { credential, request } = detail as { credential: ApiCredential; request: RotationRequest };
    return { kind: 'rotate', eventId: id, source, credential, request };
  }
  if (type === 'ApiKeyDead') return { kind: 'heal', ...(detail as DeadKey) }; // As `reportDeadKey` puts it there.
  const rotation = v.safeParse(RotationSchema, detail);
  if (!rotation.success || rotation.output.status === 'started') return undefined;
  const { id: rotationId, credential, number, requestedBy, completedAt } = rotation.output;
  switch (type) {
    case 'ApiKeyIssued':
      return { kind: 'resume', issued: { credential, rotationId, number } };
    case 'ApiKeyRolledBack':
      return { kind: 'rolled-back', issued: { credential, rotationId, number } };
    case 'ApiKeyRotated':
      return requestedBy.source === 'secrets-manager'
        ? { kind: 'resume', issued: { credential, rotationId, number } }
        : undefined;
    case 'ApiKeyRotationFailed':
      if (rotation.output.status !== 'succeeded') return undefined;
      break;
    case 'ApiKeyRotationUnknown':
      break;
    default:
      return undefined;
  }
  const isFollowedByItself = requestedBy.source === 'event';
  return { kind: 'recover', credential, rotationId, number, completedAt, isFollowedByItself };
}

/** Retries of a step: `durable-context.ts`. */
export const retryDelay: RetryDelay = (error, attempt, random) => {
  if (error instanceof WorkflowFailed || attempt >= 150) return undefined;
  const seconds = Math.min(600, 5 * 2 ** (attempt - 1));
  return Math.max(1, Math.round(seconds * (0.5 + random() / 2))) * 1000;
};

/** Why an execution failed, for the report. */
export function codeOf(error: unknown): string {
  if (error instanceof WorkflowFailed) return error.code;
  if (error instanceof StepError) return `${error.errorName} in every try of a step`;
  return error instanceof Error ? error.name : 'internal';
}
