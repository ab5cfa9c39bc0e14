import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { MANAGED_KEYS } from '../../src/local/adyen-simulator/seed.ts';
import { eventBridgeEvent } from '../support/event-bridge-event.ts';
import type { FunctionName } from '../support/function-names.ts';
import { beginSecretRotation } from './begin-secret-rotation.ts';
import type { World } from './world.ts';

/** One of the API credentials of `MANAGED_KEYS`. */
const managed = (number: number) =>
  ({ level: 'merchants', accountId: 'ACME_NL', apiCredentialId: `S2-MANAGED-${number}` }) as const;

const CREDENTIAL_PATH = '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}';

/** The API credential whose key is read, checked and acknowledged. It is rotated once, before the first event. */
const READ = managed(1);
const BY_WORKFLOW = managed(2);
const BY_SECRETS_MANAGER = managed(3);

/** The settings that give every function something to do. They replace those of the world. */
export const WORKING_SETTINGS = {
  MANAGED_SECRETS: JSON.stringify({
    'merchants/ACME_NL/apiCredentials/S2-MANAGED-*': 'keyturn/keys/{accountId}/{apiCredentialId}',
  }),
  // As often as the check runs, so that each run checks every key.
  KEY_CHECK_SECONDS: '60',
};

/** The rotation that some of the events need: its key is the one that `consumers` acknowledges. */
export const rotationBefore = (world: World) =>
  world.request(`POST ${CREDENTIAL_PATH}/generateApiKey`, { pathParameters: READ });

/** An event that gives a function its usual work, and the result of that work. */
type FirstEvent = Readonly<{
  /** Called for each invocation. `keyFingerprint`: of the key that {@link rotationBefore} has made. */
  make: (world: World, keyFingerprint: string) => object | Promise<object>;
  result: v.GenericSchema;
}>;

const request = (make: FirstEvent['make']): FirstEvent => ({
  make,
  result: v.object({ statusCode: v.literal(200) }),
});

/** What each function is asked first. */
export const FIRST_EVENTS: Readonly<Record<FunctionName, FirstEvent>> = {
  rotate: request((world) => world.rotateEvent('keyturn')),
  workflow: {
    make: () => firstInvocation(eventBridgeEvent({ ...BY_WORKFLOW, reason: 'quarterly rotation' })),
    // It has made a key, and waits for its propagation.
    result: v.object({ Status: v.literal('PENDING') }),
  },
  secretRotation: {
    make: ({ secretsManager }) =>
      beginSecretRotation(secretsManager, `keyturn/keys/ACME_NL/${BY_SECRETS_MANAGER.apiCredentialId}`),
    result: v.null(),
  },
  rotations: request((world) => world.historyEvent('keyturn')),
  state: request((world) => world.request(`GET ${CREDENTIAL_PATH}`, { pathParameters: READ })),
  consumers: request((world, keyFingerprint) =>
    world.request(`PUT ${CREDENTIAL_PATH}/consumers/{consumerId}`, {
      pathParameters: { ...READ, consumerId: 'checkout' },
      body: JSON.stringify({ keyFingerprint }),
    }),
  ),
  sweep: { make: () => ({}), result: v.object({ failed: v.literal(0), isPartial: v.literal(false) }) },
  checkKeys: {
    // The same minute each time, so that each run counts the states of the same keys.
    make: () => ({ time: '2026-11-23T12:00:00Z' }),
    result: v.object({ seen: v.strictObject({ works: v.number() }), isPartial: v.literal(false) }),
  },
  checkKey: request((world) => world.request(`POST ${CREDENTIAL_PATH}/check`, { pathParameters: READ })),
  enrolCredentials: {
    make: () => ({}),
    result: v.object({ managed: v.literal(MANAGED_KEYS.size), isPartial: v.literal(false) }),
  },
  openapi: request((world) => world.request('GET /openapi.json')),
  health: request((world) => world.request('GET /health')),
  problems: request((world) =>
    world.request('GET /problems/{code}', { pathParameters: { code: 'overlap-active' } }),
  ),
  console: request((world) => world.request('GET /console')),
  pages: request((world) => world.request('GET /')),
};

/** What Lambda sends to a durable function when an execution begins. */
function firstInvocation(event: object): object {
  const execution = {
    Id: 'execution',
    Type: 'EXECUTION',
    Status: 'STARTED',
    StartTimestamp: new Date().toISOString(),
    ExecutionDetails: { InputPayload: JSON.stringify(event) },
  };
  return {
    DurableExecutionArn: `arn:aws:lambda:eu-west-1:000000000000:function:bench:1/durable-execution/bench/${randomUUID()}`,
    CheckpointToken: 'first',
    InitialExecutionState: { Operations: [execution], NextMarker: '' },
  };
}
