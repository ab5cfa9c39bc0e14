import { credentialPath } from '../../src/rotation/api-credential.ts';
import type { Rotation } from '../../src/rotation/rotation.ts';
import type { WorkflowInput } from '../../src/workflow/workflow-input.ts';
import { type Account, createAccount } from './account.ts';
import { createFacts, type Facts } from './facts.ts';
import { createFaults } from './kernel/faults.ts';
import { createKernel } from './kernel/kernel.ts';
import { createLambda, type Lambda } from './kernel/lambda.ts';
import { drawOutages, type Outage } from './kernel/outages.ts';
import { createRandom } from './kernel/random.ts';
import { createCall, type Trace } from './kernel/remote-call.ts';
import { noteLeak, textOf } from './key-text.ts';
import {
  codeOf,
  EXECUTION_TIMEOUT_MS,
  FUNCTIONS,
  type FunctionName,
  type Keyturn,
  OWN_SOURCE,
  PERIODIC,
  retryDelay,
  wireKeyturn,
  workflowInputOf,
} from './keyturn.ts';
import { type Adyen, createAdyen } from './models/adyen.ts';
import type { Writer } from './models/audit-log.ts';
import { type AuditTable, createAuditTable } from './models/audit-table.ts';
import { createDueIndex } from './models/due-index.ts';
import { createEventBus } from './models/event-bus.ts';
import { createExecutions } from './models/executions.ts';
import { createSecretRotations } from './models/secret-rotation.ts';
import { createProcessPorts, type Services } from './process-ports.ts';
import type { Scenario } from './scenarios.ts';
import { createConsumers } from './triggers/consumers.ts';
import { createAskByEvent } from './triggers/events.ts';
import { createHttpCallers } from './triggers/http-callers.ts';
import { createPeople } from './triggers/people.ts';
import { startTriggers } from './triggers/triggers.ts';

const HOUR_MS = 60 * 60_000;
const START = Date.parse('2026-11-23T12:00:00.000Z');
/** How long triggers and faults come (ms). */
const ACTIVE_MS = 4 * 24 * HOUR_MS;
/** How long nothing goes wrong any more (ms): the last keys end 24 hours after the last trigger. */
const CALM_MS = 30 * HOUR_MS;
/** How late the index of the due records is: usually, and at worst (ms). */
const LAG_MS = 800;
const LONGEST_LAG_MS = 2 * 60_000;
const LAGS = 0.01;

/** Lambda repeats an asynchronous invocation that failed, after these times (ms; Lambda Developer Guide, "Error handling"). */
const ASYNC_RETRIES_MS = [60_000, 2 * 60_000];

/** Everything that was seen in a world, for the oracle. */
export type Evidence = Readonly<{
  facts: Facts;
  table: AuditTable;
  account: Account;
  adyen: Adyen;
  outages: readonly Outage[];
  start: number;
  end: number;
}>;

/** Lets one world run its course. The same seed and scenario give the same history. */
export async function runWorld(seed: string, scenario: Scenario, trace?: Trace): Promise<Evidence> {
  const random = createRandom(seed);
  const kernel = createKernel(START);
  const until = START + ACTIVE_MS;
  const facts = createFacts();
  // Each of these draws from its own numbers, so that a change of Keyturn changes neither the outages nor the triggers.
  const outages = drawOutages(random.fork('outages'), { from: START, to: until }, scenario);
  const traceWithTime = trace && ((line: () => string) => trace(() => `${time(kernel.now())} ${line()}`));
  const faults = createFaults({
    random: random.fork('faults'),
    scenario,
    outages,
    until,
    now: kernel.now,
    counts: facts.faults,
  });
  const call = createCall({ kernel, faults, random: random.fork('calls'), trace: traceWithTime });
  const { index, table, setWriter } = createTable();
  const shared = { kernel, faults, facts, trace: traceWithTime, scenario };
  const adyen = createAdyen({
    ...shared,
    random: random.fork('adyen'),
    slowPropagation: scenario.slowPropagation,
  });
  const account = createAccount({ ...shared, random: random.fork('account'), adyen });
  const noteRecord = (text: string) => noteLeak(facts, kernel.now(), 'a checkpoint', text);

  const bus = createEventBus({
    ...shared,
    random: random.fork('bus'),
    isFaulty: scenario.aws > 0,
    deliver: (event) => {
      if (faults.isOut('lambda')) return false;
      const input = workflowInputOf(event);
      if (input) executions.start(input);
      return true;
    },
  });
  const services: Services = {
    ...shared,
    call,
    random: random.fork('processes'),
    table,
    index,
    addedPlaces: new Set(),
    saidByConsumers: new Map(),
    setWriter,
    account,
    adyen,
    bus,
    source: OWN_SOURCE,
  };
  const lambda: Lambda<FunctionName, Keyturn> = createLambda({
    kernel,
    random: random.fork('lambda'),
    functions: FUNCTIONS,
    skewMs: scenario.skewMs,
    onThrow: (error) => noteLeak(facts, kernel.now(), 'a thrown error', textOf(error)),
    wire: (container) => wireKeyturn(createProcessPorts(services, container)),
  });
  const executions = createExecutions<WorkflowInput>({
    ...shared,
    random: random.fork('executions'),
    call,
    timeoutMs: EXECUTION_TIMEOUT_MS,
    retryDelay,
    codeOf,
    onRecord: noteRecord,
    invoke: (run) =>
      lambda.invoke('workflow', (keyturn, endsAt, container) => run(keyturn.workflow, endsAt, container)),
  });
  const requestIds = random.fork('requests');
  const secretRotations = createSecretRotations({
    ...shared,
    random: random.fork('secret rotations'),
    invokeStep: (request) =>
      lambda.invoke('secretRotation', (keyturn, endsAt) =>
        keyturn.rotateSecret({ ...request, requestId: requestIds.uuid() }, endsAt),
      ),
  });
  const tellConsumers = createConsumers({
    kernel,
    random: random.fork('consumers'),
    async acknowledge(...said) {
      if (faults.isOut('lambda')) return false;
      const ending = await lambda.invoke('consumers', (keyturn) => keyturn.acknowledge(...said));
      return ending.kind === 'returned' && ending.value;
    },
  });
  const callers = createHttpCallers({
    ...shared,
    random: random.fork('callers'),
    async send(request) {
      if (faults.isOut('lambda')) return { status: 503, code: 'gateway', retryAfterMs: 30_000 };
      const ending = await lambda.invoke('rotate', (keyturn, endsAt) =>
        keyturn.rotateOverHttp(request, endsAt),
      );
      if (ending.kind === 'returned') {
        const { apiKey } = ending.value;
        if (apiKey !== undefined) tellConsumers(request.credential, apiKey);
        return ending.value;
      }
      return { status: 504, code: 'timeout', retryAfterMs: 60_000 };
    },
  });

  startPeriodic();
  const people = createPeople({
    ...shared,
    random: random.fork('people'),
    account,
    adyen,
    periodMs: ACTIVE_MS,
  });
  people.actInCustomerArea();
  people.rotateManagementCredential();
  account.onPromotion(people.considerRollback);
  startTriggers({
    ...shared,
    random: random.fork('triggers'),
    account,
    callers,
    askByEvent: createAskByEvent({ bus, random: random.fork('events'), facts }),
    secretRotations,
    checkKey: (credential) => {
      if (faults.isOut('lambda')) return;
      void lambda.invoke('checkKey', (keyturn, endsAt) => keyturn.checkKey(credential, endsAt));
    },
    dryRun: (credential, force) => {
      if (faults.isOut('lambda')) return;
      void lambda.invoke('dryRun', (keyturn, endsAt, container) => {
        facts.dryRunContainers.add(container.id);
        return keyturn.dryRun(credential, force, endsAt);
      });
    },
    periodMs: ACTIVE_MS,
  });

  const end = until + CALM_MS;
  await kernel.run(end);
  return { facts, table, account, adyen, outages, start: START, end };

  function createTable() {
    const lags = random.fork('index');
    const index = createDueIndex(kernel.after);
    let writer: Writer;
    const table = createAuditTable((operation, rotation, text) => {
      index.follow(rotation, lags.chance(LAGS) ? lags.between(0, LONGEST_LAG_MS) : lags.between(0, LAG_MS));
      noteLeak(facts, kernel.now(), 'the audit table', text);
      traceWithTime?.(() => `TABLE ${operation} ${summaryOf(rotation)}`);
      facts.writes.push({
        at: kernel.now(),
        operation,
        // The text cannot change any more.
        rotation: JSON.parse(text),
        container: writer?.container.id ?? '',
        askedAt: writer?.askedAt ?? kernel.now(),
        invocationEndsAt: writer?.container.invocation.endsAt ?? Number.POSITIVE_INFINITY,
      });
    });
    const setWriter = (next: Writer) => {
      writer = next;
    };
    return { index, table, setWriter };
  }

  function startPeriodic(): void {
    const phases = random.fork('periodic');
    for (const { name, everyMs, run } of PERIODIC) {
      const next = () => {
        kernel.after(everyMs, next);
        const at = kernel.now();
        void attempt(0);
        async function attempt(retries: number): Promise<void> {
          if (faults.isOut('lambda')) return;
          const { kind } = await lambda.invoke(name, (keyturn, endsAt) => run(keyturn, endsAt, at));
          const delay = kind === 'returned' ? undefined : ASYNC_RETRIES_MS[retries];
          if (delay !== undefined) kernel.after(delay, () => void attempt(retries + 1));
        }
      };
      kernel.after(phases.between(0, everyMs), next);
    }
  }
}

function summaryOf(rotation: Rotation): string {
  const { id, number, status, timeline, force, requestedBy } = rotation;
  const entries = timeline.map(({ event, detail }) =>
    detail === undefined ? event : `${event} (${detail})`,
  );
  const outbox = rotation.status === 'started' ? undefined : rotation.outbox;
  const due = outbox ? `, outbox ${outbox.event} at ${outbox.dueAt}` : '';
  const forced = force ? ' forced' : '';
  return `${credentialPath(rotation.credential)} #${number} ${id} by ${requestedBy.source}${forced}: ${status}: ${entries.join(', ')}${due}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(5, 23);
}
