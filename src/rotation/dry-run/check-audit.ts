import type { ApiCredential } from '../api-credential.ts';
import { closeExpired } from '../expire.ts';
import { ManagedSecretError } from '../managed-secret-error.ts';
import type { AuditLog, Clock, Log, ManagedSecret } from '../ports.ts';
import type { Rotation } from '../rotation.ts';
import {
  isPastLease,
  type RotationRules,
  refusalInOverlap,
  refusalInQuarantine,
  refusalWhileRunning,
} from '../rules.ts';
import { Unavailable } from '../unavailable.ts';
import { type Check, failed, passed, skippedAfter } from './check.ts';

/** Whether the audit lets a rotation start now. It only reads: a record past its lease is judged as if it were ended. */
export type CheckAudit = (
  credential: ApiCredential,
  secret: ManagedSecret | undefined,
  force: boolean,
) => Promise<Check[]>;

export function createCheckAudit(deps: {
  audit: Pick<AuditLog, 'newest'>;
  rules: RotationRules;
  now: Clock;
  log: Log;
}): CheckAudit {
  const { audit, rules, now, log } = deps;

  return async (credential, secret, force) => {
    let newest: Rotation | undefined;
    try {
      newest = await audit.newest(credential);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      log.error('A dry run cannot read the audit', { error });
      const detail =
        'The audit table cannot be read. Without an audit record there is no rotation. Try again later.';
      const after = ['running-rotation', 'quarantine', 'overlap'] as const;
      return [failed('audit', detail, error.code), ...skippedAfter('audit', after)];
    }
    const detail = 'The audit table can be read. A rotation also writes to it, which a dry run does not try.';
    return [passed('audit', detail), ...(await checkNewest(newest, secret, force))];
  };

  async function checkNewest(
    newest: Rotation | undefined,
    secret: ManagedSecret | undefined,
    force: boolean,
  ): Promise<Check[]> {
    const after = ['quarantine', 'overlap'] as const;
    const running = refusalWhileRunning(newest);
    if (newest?.status !== 'started' || !running) {
      return [passed('running-rotation', 'No rotation is running.'), ...checkEnded(newest, force)];
    }
    if (!isPastLease(newest, now())) {
      const detail = `Rotation ${newest.id} is running, until ${running.until} at the latest. A rotation would be refused. Wait until then, and see how that one ended.`;
      return [failed('running-rotation', detail, running.code), ...skippedAfter('running-rotation', after)];
    }
    try {
      const { rotation } = await closeExpired(newest, secret, now(), rules);
      const detail = `Rotation ${newest.id} was cut off. A rotation would first end it as ${rotation.status}.`;
      return [passed('running-rotation', detail), ...checkEnded(rotation, force)];
    } catch (error) {
      if (!(error instanceof ManagedSecretError)) throw error;
      log.error('A dry run cannot read the managed secret', { error });
      const detail = `Rotation ${newest.id} was cut off, and the managed secret cannot say whether it made a key. A rotation would fail. The owner of Keyturn must check the secret.`;
      return [
        failed('running-rotation', detail, 'managed-secret-unavailable'),
        ...skippedAfter('running-rotation', after),
      ];
    }
  }

  function checkEnded(newest: Rotation | undefined, force: boolean): Check[] {
    return [checkQuarantine(newest), checkOverlap(newest, force)];
  }

  function checkQuarantine(newest: Rotation | undefined): Check {
    const refusal = refusalInQuarantine(newest, now());
    if (!refusal) return passed('quarantine', 'No call to Adyen is in doubt.');
    const detail = `The last call to Adyen has an unknown outcome, and Adyen may still process it. A rotation would be refused until ${refusal.until}, also with \`force\`. Try again then.`;
    return failed('quarantine', detail, refusal.code);
  }

  function checkOverlap(newest: Rotation | undefined, force: boolean): Check {
    const refusal = refusalInOverlap(newest, now(), rules);
    if (!refusal) return passed('overlap', 'No key was issued recently: no consumer can be behind.');
    const { code, until } = refusal;
    if (force) {
      const detail = `The overlap lasts until ${until}, and \`force\` ends it. A consumer that still uses the previous key would lose it: see that all have switched.`;
      return passed('overlap', detail);
    }
    const detail = `The last key was issued so recently that some consumers may still use the previous key. A rotation would be refused until ${until}. Wait, or send \`"force": true\` with the scope \`apikeys:force\`.`;
    return failed('overlap', detail, code);
  }
}
