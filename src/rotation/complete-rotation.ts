import type { Secret } from '../secret.ts';
import { type Closing, closeWith, type Outcome, recover } from './close-with.ts';
import type { Commit } from './commit.ts';
import type {
  Clock,
  GenerateApiKey,
  GenerateApiKeyOutcome,
  Log,
  ManagedSecret,
  ManagementCredential,
  Metrics,
} from './ports.ts';
import type { RotateCommand, RotateResult } from './rotate-command.ts';
import type { KeptKey, StartedRotation, UpstreamReport } from './rotation.ts';
import type { ClosingRules } from './rules.ts';

/** Kept back from Adyen's time (ms), so that the audit can be closed: two full attempts of its client. */
const AUDIT_RESERVE_MS = 5_000;
/** The longest (ms) that a close and the response after it take. */
const CLOSE_MS = 4_500;
/** Kept back besides if the key must be stored and an event sent (ms): two full attempts of each client. */
const SECRET_RESERVE_MS = 8_000;

/** A rotation whose record of intent is durable, with what it takes to complete it. */
export type Started = Readonly<{
  rotation: StartedRotation;
  command: RotateCommand;
  managementKey: Secret;
  /** The credential's managed secret, if it has one. */
  secret: ManagedSecret | undefined;
}>;

export type CompleteRotation = (started: Started) => Promise<RotateResult>;

/**
 * Makes the second half of a rotation: Adyen's call, the managed secret, the closed record. A key is stored before the
 * record is closed, so that no record claims a key that is nowhere.
 */
export function createCompleteRotation(deps: {
  commit: Commit;
  managementCredential: ManagementCredential;
  generateApiKey: GenerateApiKey;
  rules: ClosingRules;
  now: Clock;
  log: Log;
  metrics: Metrics;
}): CompleteRotation {
  const { commit, managementCredential, generateApiKey, rules, now, log, metrics } = deps;

  return async (started) => {
    const { command, secret } = started;
    // Secrets Manager names the version, and an earlier rotation may have filled it before its function was ended.
    const stored = command.versionId && (await secret?.read(command.versionId));
    if (stored) {
      const closing = recover(started.rotation, stored, now(), rules);
      await close(closing, started);
      return { kind: 'issued', rotation: closing.rotation, apiKey: stored.apiKey };
    }

    const outcome = await generate(started);
    const kept = outcome.kind === 'key' && secret ? await keep(command, outcome.apiKey, secret) : undefined;
    const closing = closeWith(
      started.rotation,
      withDelivery(command, outcome, kept, now()),
      now(),
      rules,
      kept,
    );
    await close(closing, started);
    const { rotation } = closing;
    if (rotation.status !== 'succeeded') return { kind: 'failed', rotation };
    if (outcome.kind === 'key') return { kind: 'issued', rotation, apiKey: outcome.apiKey };
    log.warn('Adyen accepted the call and gave no key', { rotationId: rotation.id });
    return { kind: 'no-key', rotation };
  };

  /** A 401 may mean that the management credential was rotated since it was read: it is read again, and used once. */
  async function generate({ command, managementKey, secret }: Started): Promise<GenerateApiKeyOutcome> {
    const { credential, rotationId, invocationEndsAt } = command;
    const deadline = invocationEndsAt - AUDIT_RESERVE_MS - (secret ? SECRET_RESERVE_MS : 0);
    const call = (key: Secret) => generateApiKey({ credential, managementKey: key, deadline });
    const first = await call(managementKey);
    if (first.kind !== 'rejected' || first.code !== 'upstream-unauthorized') return first;
    try {
      const second = await call(await managementCredential.reload(credential, managementKey));
      return { ...second, report: withAttemptsOf(first.report, second.report) };
    } catch (error) {
      log.error('Adyen rejected the management credential, and it cannot be read again', {
        rotationId,
        error,
      });
      return first;
    }
  }

  async function keep(command: RotateCommand, apiKey: Secret, secret: ManagedSecret): Promise<KeptKey> {
    const { rotationId, versionId = rotationId } = command;
    try {
      return await secret.store(versionId, { apiKey, rotationId });
    } catch (error) {
      log.error('The new key is not in its managed secret', { rotationId, error });
      metrics.countIssuedKey('not-stored');
      return { id: secret.id, error: 'not-stored' };
    }
  }

  /**
   * The caller's key may be in hand: the caller must get it even if the audit fails, and the sweep closes a record that is
   * left open. If the key goes to the secret only, the command is repeated instead and resumes from the audit.
   */
  async function close(closing: Closing, { command, secret }: Started): Promise<void> {
    const rotationId = closing.rotation.id;
    try {
      const change = { ...closing, hasManagedSecret: secret !== undefined };
      if ((await commit(change)) === 'written') return;
      log.error('The rotation was closed elsewhere before it ended', { rotationId });
    } catch (error) {
      log.error('The rotation ended and its audit record is left open', { rotationId, error });
    }
    if (command.keyGoesTo === 'secret')
      throw new Error(`the audit record of rotation ${rotationId} was not closed`);
  }
}

/** What Adyen said last, with the attempts and the time of both calls. */
function withAttemptsOf(first: UpstreamReport, second: UpstreamReport): UpstreamReport {
  return {
    ...second,
    attempts: first.attempts + second.attempts,
    durationMs: first.durationMs + second.durationMs,
  };
}

/** A key that is in no secret, and for which no caller waits (any more), is lost. */
function withDelivery(
  command: RotateCommand,
  outcome: GenerateApiKeyOutcome,
  kept: KeptKey | undefined,
  now: number,
): Outcome {
  const isStored = kept !== undefined && !('error' in kept);
  if (outcome.kind !== 'key' || isStored || isCallerWaiting(command, now)) return outcome;
  return { kind: 'undelivered', report: outcome.report };
}

/** After a timeout, or in a container that was frozen, the caller gets another response than this one. */
function isCallerWaiting({ keyGoesTo, isGivenUp, invocationEndsAt }: RotateCommand, now: number): boolean {
  return keyGoesTo === 'caller' && !isGivenUp?.() && now + CLOSE_MS <= invocationEndsAt;
}
