import type { ApiCredential } from '../../src/rotation/api-credential.ts';
import type { ProbeResult } from '../../src/rotation/ports.ts';
import type { Rotation } from '../../src/rotation/rotation.ts';
import type { Actor } from './models/secrets.ts';

/** What happened in a world, as the services outside Keyturn saw it. The oracle judges by nothing else. Times in ms. */
export type Facts = {
  readonly writes: TableWrite[];
  readonly calls: GenerateCall[];
  readonly probes: ProbeFact[];
  readonly stored: StoredFact[];
  readonly labels: LabelMove[];
  readonly busEvents: BusFact[];
  readonly said: SaidFact[];
  readonly callers: CallerFact[];
  readonly leaks: Leak[];
  /** Errors that no fault explains, such as a TypeError. */
  readonly crashes: string[];
  /** Anchors that the log holds. */
  readonly anchors: Set<string>;
  /** Executions and events that ended in the dead-letter queue, by code. */
  readonly deadLetters: string[];
  readonly secretRotations: SecretRotationFact[];
  readonly faults: Map<string, number>;
  readonly refusedEvents: RefusedEventFact[];
  /** The containers that did dry runs and nothing else. */
  readonly dryRunContainers: Set<string>;
};

/** A change of the audit table. */
export type TableWrite = Readonly<{
  at: number;
  operation: 'insert' | 'close' | 'amend';
  rotation: Rotation;
  container: string;
  /** When the process asked for it. */
  askedAt: number;
  /** When the response of its invocation was given, or would have been at the latest. */
  invocationEndsAt: number;
}>;

/** A call of generateApiKey. */
export type GenerateCall = {
  readonly id: number;
  readonly credential: string;
  readonly container: string;
  readonly sentAt: number;
  /** The rotation whose `started` record this process wrote before, if there is one. */
  readonly rotationId: string | undefined;
  processedAt?: number;
  key?: string;
  /** When the process had the key in hand. */
  keyReceivedAt?: number;
  /** When the process was told that it would get no key. */
  givenUpAt?: number;
};

export type ProbeFact = Readonly<{ at: number; credential: string; key: string; kind: ProbeResult['kind'] }>;

export type StoredFact = Readonly<{ at: number; secretId: string; versionId: string; key: string }>;

export type LabelMove = Readonly<{
  at: number;
  secretId: string;
  stage: string;
  versionId: string | undefined;
  by: Actor;
}>;

export type BusFact = Readonly<{
  at: number;
  event: string;
  credential: string;
  rotationId: string;
  /** The consumers that an `ApiKeySwitchOverdue` names. */
  late?: readonly string[];
}>;

/** What a consumer has said, from the time at which the table had it. */
export type SaidFact = Readonly<{
  at: number;
  credential: string;
  consumerId: string;
  keyFingerprint: string;
}>;

/** A response that a caller over HTTP has read. */
export type CallerFact = Readonly<{
  at: number;
  credential: string;
  idempotencyKey: string | undefined;
  status: number;
  code: string;
  key?: string;
  rotationId?: string;
}>;

export type Leak = Readonly<{ at: number; where: string; key: string }>;

export type SecretRotationFact = Readonly<{
  at: number;
  secretId: string;
  token: string;
  outcome: 'rotated' | 'reported without a new key' | 'given up' | 'test passed' | 'test failed';
  detail?: string;
}>;

/** An event whose source has no grant for the API credential. */
export type RefusedEventFact = Readonly<{ eventId: string; credential: ApiCredential }>;

export function createFacts(): Facts {
  return {
    writes: [],
    calls: [],
    probes: [],
    stored: [],
    labels: [],
    busEvents: [],
    said: [],
    callers: [],
    leaks: [],
    crashes: [],
    anchors: new Set(),
    deadLetters: [],
    secretRotations: [],
    faults: new Map(),
    refusedEvents: [],
    dryRunContainers: new Set(),
  };
}
