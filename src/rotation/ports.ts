import type { Secret } from '../secret.ts';
import type { ApiCredential } from './api-credential.ts';
import type { Consumer } from './consumers.ts';
import type { FailureCode, RefusedEventCode, UncertaintyCode } from './failure-codes.ts';
import type { KeyStateName } from './key-state-names.ts';
import type { BusEvent, KeyEvent, Status } from './lifecycle.ts';
import type { ClosedRotation, Rotation, UpstreamReport } from './rotation.ts';

/** What the domain needs from outside. Adapters implement these types; each knows one service. */

/** The time now (ms since the epoch). */
export type Clock = () => number;

export type Log = Readonly<
  Record<'info' | 'warn' | 'error', (message: string, fields: Record<string, unknown>) => void>
>;

/** What a conditional write came to. `lost`: the condition no longer held, and nothing was written. */
export type Written = 'written' | 'lost';

/** The log of all rotations, which is also the lock between them. Every method may throw `Unavailable`. */
export type AuditLog = Readonly<{
  /** The credential's newest rotation, strongly consistent. */
  newest(credential: ApiCredential): Promise<Rotation | undefined>;
  /** The newest rotation that was requested with this idempotency key, or the one with this id; strongly consistent. */
  findByIdempotencyHash(credential: ApiCredential, hash: string, id?: string): Promise<Rotation | undefined>;
  /** One rotation, strongly consistent. */
  get(credential: ApiCredential, number: number): Promise<Rotation | undefined>;
  /** Takes the rotation's number. Of any number of callers that want the same one, one succeeds. */
  insert(rotation: Rotation): Promise<Written>;
  /** Ends a started rotation. `lost`: it was ended elsewhere, has an entry more since, or has another intent. */
  close(rotation: ClosedRotation): Promise<Written>;
  /** Changes the timeline and the outbox of an ended rotation. `lost`: they have changed since `before`. */
  amend(rotation: ClosedRotation, before: ClosedRotation): Promise<Written>;
}>;

/** The consumers of the keys. Every method may throw `Unavailable`. */
export type ConsumerLog = Readonly<{
  /** One consumer, strongly consistent, unless it is forgotten. */
  get(credential: ApiCredential, consumerId: string): Promise<Consumer | undefined>;
  /** Writes what a consumer says. `lost`: it has said something newer. */
  put(credential: ApiCredential, consumer: Consumer): Promise<Written>;
  /** The consumers that are not forgotten, by their names: at most so many. */
  list(credential: ApiCredential, atMost: number): Promise<Consumer[]>;
}>;

/** A rotation that was due when it was found. `read` gets it as it is now, strongly consistent. */
export type DueRotation = Readonly<{
  credential: string;
  number: string;
  read(): Promise<Rotation | undefined>;
}>;

/**
 * Finds the rotations that are past their lease at a time (ms since the epoch) or have an event that is due, in bounded
 * batches. It may throw what AWS throws.
 */
export type FindDue = (now: number) => AsyncIterable<DueRotation>;

/**
 * The API credentials that have had a rotation or were added, by their place in a fixed spread over the numbers from 0 to
 * 1: those from `from` on and below `to`. It may throw what AWS throws.
 */
export type FindByPlace = (from: number, to: number) => AsyncIterable<ApiCredential>;

/**
 * Adds an API credential to those that `FindByPlace` finds, and to no listing. The same one twice is one. It may throw what
 * AWS throws.
 */
export type AddPlace = (credential: ApiCredential) => Promise<void>;

/** The secrets of the account that may be managed ones, newest first, read page by page. It may throw what AWS throws. */
export type ListSecrets = () => AsyncIterable<Readonly<{ name: string; arn: string }>>;

/** A version of a managed secret that is not current yet. */
export type PendingVersion = Readonly<{ arn: string; versionId: string; stage: 'AWSPENDING' }>;

/** The key of a version, and when it was stored (ms since the epoch). */
export type StoredKey = Readonly<{ apiKey: Secret; version: PendingVersion; storedAt: number }>;

/** The key that the app reads now. */
export type CurrentKey = Readonly<{ versionId: string; apiKey: Secret }>;

/**
 * Why a version may become current:
 * - `pending`: it has the label `AWSPENDING`, and was not current before;
 * - `newest`: it is known to hold the newest key, and was not current before. The label may be elsewhere: a write of an
 *   earlier rotation that arrives late moves it;
 * - `last-working`: the key in use is dead and this one works, even if it was current before.
 */
export type PromotionRight = 'pending' | 'newest' | 'last-working';

export type SecretDescription = Readonly<{
  arn: string;
  name: string;
  /** Whether Secrets Manager rotates it. */
  isRotated: boolean;
  stagesOf(versionId: string): readonly string[] | undefined;
  versionOf(stage: string): string | undefined;
}>;

/**
 * The secret from which an app reads the key of its API credential. Every method throws `ManagedSecretError` if the
 * secret cannot be used.
 */
export type ManagedSecret = Readonly<{
  id: string;
  /** Stores a key as `AWSPENDING`. The same version twice is one version. */
  store(versionId: string, value: { apiKey: Secret; rotationId: string }): Promise<PendingVersion>;
  /** The key of a version, or `undefined` if there is none. */
  read(versionId: string): Promise<StoredKey | undefined>;
  /** The key of `AWSCURRENT`, or `undefined` if there is none, or its value is no key. */
  readCurrent(): Promise<CurrentKey | undefined>;
  /**
   * Moves `AWSCURRENT` to a version; the previous one becomes `AWSPREVIOUS`. `superseded`: the version has no right to
   * become current.
   */
  promote(versionId: string, right: PromotionRight): Promise<'promoted' | 'superseded'>;
  /** Takes `AWSPENDING` off a version that will not become current. */
  discard(versionId: string): Promise<void>;
  describe(): Promise<SecretDescription>;
}>;

/** The managed secret of an API credential, if it has one. */
export type ManagedSecretOf = (credential: ApiCredential) => ManagedSecret | undefined;

/** The key of the management credential that may rotate an API credential. */
export type ManagementCredential = Readonly<{
  /** From the cache, or read. Throws `Unavailable`. */
  get(credential: ApiCredential): Promise<Secret>;
  /** Read again, unless that has happened since `stale` was given out. Throws `Unavailable`. */
  reload(credential: ApiCredential, stale: Secret): Promise<Secret>;
}>;

/**
 * What a `generateApiKey` call came to:
 * - `key`: a key was made and is in our hands;
 * - `no-content`: accepted, and no key was given;
 * - `rejected`: certainly no key was made. `retryAfter` is in seconds;
 * - `uncertain`: a key may exist that Keyturn did not receive.
 */
export type GenerateApiKeyOutcome = Readonly<{ report: UpstreamReport }> &
  (
    | Readonly<{ kind: 'key'; apiKey: Secret }>
    | Readonly<{ kind: 'no-content' }>
    | Readonly<{ kind: 'rejected'; code: FailureCode; retryAfter?: number }>
    | Readonly<{ kind: 'uncertain'; code: UncertaintyCode }>
  );

/** Has Adyen make a key. It never throws. */
export type GenerateApiKey = (
  request: Readonly<{
    credential: ApiCredential;
    managementKey: Secret;
    /** When the call must be over, waits and retries included (ms since the epoch). */
    deadline: number;
  }>,
) => Promise<GenerateApiKeyOutcome>;

/**
 * What a read at Adyen came to. `failed`: it was not answered, and a rotation that got the same response would end with
 * this code. `seen` is what came back, for people.
 */
export type UpstreamRead<Found> = Readonly<{ seen: string }> &
  (
    | Readonly<{ kind: 'read'; found: Found }>
    | Readonly<{ kind: 'failed'; code: FailureCode | UncertaintyCode }>
  );

/** A request that only reads, with the key of the management credential. `deadline` as for {@link GenerateApiKey}. */
export type UpstreamReadRequest = Readonly<{ managementKey: Secret; deadline: number }>;

/** Asks Adyen whether a management key works, and which roles its credential has. It never throws. */
export type ReadManagementCredential = (
  request: UpstreamReadRequest,
) => Promise<UpstreamRead<Readonly<{ roles: readonly string[] }>>>;

/** Reads an API credential at Adyen. An empty list of addresses allows every address. It never throws. */
export type ReadApiCredential = (
  request: UpstreamReadRequest & Readonly<{ credential: ApiCredential }>,
) => Promise<UpstreamRead<Readonly<{ isActive: boolean; allowedAddresses: readonly string[] }>>>;

/**
 * What Adyen says of a key:
 * - `works`: it is a key of the API credential;
 * - `unauthorized`: it does not work, not yet or no longer;
 * - `another-credential`: it works and belongs to another API credential;
 * - `unclear`: Adyen has not said.
 */
export type ProbeResult = Readonly<{
  kind: 'works' | 'unauthorized' | 'another-credential' | 'unclear';
  /** What was seen, for the audit. */
  seen: string;
}>;

/** Asks Adyen whether a key works. It never throws. */
export type Probe = (credential: ApiCredential, apiKey: Secret) => Promise<ProbeResult>;

/**
 * Puts one event about a rotation on the bus. It may throw what AWS throws.
 *
 * @param late the consumers that `ApiKeySwitchOverdue` names
 */
export type Publish = (
  event: BusEvent,
  rotation: ClosedRotation,
  late?: readonly Consumer[],
) => Promise<void>;

/** A key in use that was seen dead. */
export type DeadKey = Readonly<{ credential: ApiCredential; versionId: string; seen: string }>;

/** Has the workflow replace a dead key. It may throw what AWS throws. */
export type ReportDeadKey = (dead: DeadKey) => Promise<void>;

/** A key in use that is older than it should be, or soon will be. */
export type DueKey = Readonly<{
  credential: ApiCredential;
  keyFingerprint: string;
  rotationId: string;
  issuedAt: string;
  dueAt: string;
}>;

/** Tells of a key that is due. It may throw what AWS throws. */
export type TellDue = (due: DueKey) => Promise<void>;

/** What is counted and measured, for dashboards and alarms. */
export type Metrics = Readonly<{
  /** `Rotations`, by outcome and level. */
  countRotation(outcome: Status, level: ApiCredential['level']): void;
  /** `UpstreamLatency` (ms), for all attempts of one rotation: of all rotations, and by the class of the last status. */
  upstreamCall(report: Pick<UpstreamReport, 'status' | 'durationMs'>): void;
  /** `RefusedRequests`, by problem code: requests that ended before Adyen was called. */
  countRefusedRequest(code: string): void;
  /** `IssuedKeys`, by what became of them. */
  countIssuedKey(outcome: KeyEvent | 'not-stored'): void;
  /** `RefusedEvents`, by problem code. */
  countRefusedEvent(code: RefusedEventCode): void;
  /** `FailedWorkflows`, by code: events that did not lead to a key in use. They are in the dead-letter queue. */
  countFailedWorkflow(code: string): void;
  /** `UnsentEvents`: events that are not on the bus and wait for the sweep. */
  countUnsentEvent(): void;
  /** `CheckedKeys`: keys in use that were probed, by what was seen. */
  countCheckedKey(seen: ProbeResult['kind'] | 'dead' | 'no-key' | 'failed', count?: number): void;
  /** `KeyStates`: keys by their state. Each key is counted once an hour, so that the sum of an hour is their number. */
  countKeyStates(state: KeyStateName, count: number): void;
  /** `PromotionTime` (s): from the event that started an execution of the workflow to the promotion of its key. */
  promotionTime(durationMs: number): void;
  /** `OutageTime` (s): from the moment at which a key in use was seen dead to the one at which its successor worked. */
  outageTime(durationMs: number): void;
  /** `SweepFailures`: due rotations that the sweep could not finish. */
  countSweepFailure(): void;
  /** `BadSettings`: reads of a setting in AppConfig that failed or found an invalid document. */
  countBadSetting(): void;
}>;
