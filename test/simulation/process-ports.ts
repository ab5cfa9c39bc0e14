import { credentialPath } from '../../src/rotation/api-credential.ts';
import type { Log } from '../../src/rotation/ports.ts';
import { metricsWith } from '../support/deps.ts';
import type { Account } from './account.ts';
import type { Facts } from './facts.ts';
import type { Container } from './kernel/container.ts';
import type { Faults } from './kernel/faults.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Random } from './kernel/random.ts';
import type { Call, Trace } from './kernel/remote-call.ts';
import { noteLeak, textOf } from './key-text.ts';
import type { Outside } from './keyturn.ts';
import type { Adyen } from './models/adyen.ts';
import { createAuditPorts, type Writer } from './models/audit-log.ts';
import type { AuditTable } from './models/audit-table.ts';
import { createConsumersPort, type SaidByConsumers } from './models/consumers.ts';
import { createCredentialReadPorts } from './models/credential-reads.ts';
import type { DueIndex } from './models/due-index.ts';
import { createPublishPort, createReportDeadKeyPort, type EventBus } from './models/event-bus.ts';
import { createGenerateApiKeyPort } from './models/generate-api-key.ts';
import { createManagedSecretPort } from './models/managed-secret.ts';
import { createManagementCredentialPort } from './models/management-credential.ts';
import { type AddedPlaces, createAddPlacePort, createFindByPlacePort } from './models/places.ts';
import { createProbePort } from './models/probe.ts';
import { createListSecretsPort } from './models/secret-list.ts';
import type { Scenario } from './scenarios.ts';

/** Everything outside Keyturn in one world. */
export type Services = Readonly<{
  kernel: Kernel;
  call: Call;
  faults: Faults;
  random: Random;
  facts: Facts;
  trace: Trace;
  scenario: Scenario;
  table: AuditTable;
  index: DueIndex;
  addedPlaces: AddedPlaces;
  saidByConsumers: SaidByConsumers;
  setWriter: (writer: Writer) => void;
  account: Account;
  adyen: Adyen;
  bus: EventBus;
  source: string;
}>;

/** The ports of one process: each of its calls takes time, may meet a fault, and has no effect once it is killed. */
export function createProcessPorts(services: Services, container: Container): Outside {
  const { kernel, call, faults, facts, trace, scenario, table, index, setWriter } = services;
  const { account, adyen, bus, source, addedPlaces: added } = services;
  const random = services.random;
  const now = kernel.now;
  /** The rotation that this process has begun last, by API credential. */
  const begun = new Map<string, string>();

  const { audit, findDue } = createAuditPorts({
    table,
    index,
    call,
    container,
    now,
    setWriter,
    onStarted: (credential, rotationId) => begun.set(credential, rotationId),
  });
  const openSecret = (id: string) =>
    createManagedSecretPort({
      secret: account.secret(id),
      call,
      container,
      random,
      now,
      lags: scenario.aws > 0,
      onStored: (secretId, versionId, key) => facts.stored.push({ at: now(), secretId, versionId, key }),
    });

  return {
    audit,
    consumers: createConsumersPort({
      said: services.saidByConsumers,
      call,
      container,
      onSaid: (credential, { consumerId, keyFingerprint }) =>
        facts.said.push({ at: now(), credential, consumerId, keyFingerprint }),
    }),
    findDue,
    findByPlace: createFindByPlacePort({ table, added, call, container, credentials: account.credentials }),
    addPlace: createAddPlacePort({ added, call, container }),
    listSecrets: createListSecretsPort({ secrets: account.secrets, call, container }),
    reportDeadKey: createReportDeadKeyPort({ bus, call, container, random, facts, now, source }),
    random: random.next,
    openSecret,
    managedSecretOf: (credential) => {
      const id = account.secretIdOf(credentialPath(credential));
      return id === undefined ? undefined : openSecret(id);
    },
    credentialOf: (name) => account.credentialOf(name),
    isGranted: account.isGranted,
    managementCredential: createManagementCredentialPort({
      call,
      container,
      current: () => account.managementKey,
    }),
    generateApiKey: createGenerateApiKeyPort({
      kernel,
      faults,
      random,
      facts,
      container,
      trace,
      adyen: scenario.adyen,
      process: adyen.process,
      rotationOf: (credential) => begun.get(credential),
    }),
    probe: createProbePort({
      kernel,
      faults,
      random,
      facts,
      container,
      ledger: adyen.ledger,
      trace,
      chance: scenario.probe,
    }),
    ...createCredentialReadPorts({ kernel, faults, random, container, adyen, chance: scenario.probe }),
    publish: createPublishPort({ bus, call, container, random, facts, now, trace, source }),
    now: container.clock,
    sleep: container.sleep,
    newId: random.uuid,
    log: createLog(services, container),
    metrics: metricsWith(),
  };
}

/** A log that keeps the anchors, and looks for keys in everything else. */
function createLog({ kernel, facts, trace }: Services, container: Container): Log {
  const write = (message: string, fields: Record<string, unknown>) => {
    const text = textOf(fields);
    trace?.(() => `${container.id} LOG ${message} ${text}`);
    if (typeof fields.anchor === 'string') facts.anchors.add(fields.anchor);
    if (fields.error instanceof TypeError || fields.error instanceof RangeError) {
      facts.crashes.push(`${message}: ${fields.error.stack}`);
    }
    noteLeak(facts, kernel.now(), 'the log', `${message} ${text}`);
  };
  return { info: write, warn: write, error: write };
}
