import type { ManagedSecretIds } from '../config/managed-secrets.ts';
import type { AuditLog } from '../dynamodb/audit-log.ts';
import { anchorOf } from './anchor.ts';
import type { Announce } from './announce.ts';
import { withOutbox } from './outbox.ts';
import type { ClosedRotation } from './rotation.ts';
import type { VerificationRules } from './rules.ts';

/** Ends a rotation in the audit, and then tells of it. `lost`: somebody else has ended it. Throws `Unavailable`. */
export type Close = (rotation: ClosedRotation) => Promise<'closed' | 'lost'>;

export function createClose(parts: {
  audit: Pick<AuditLog, 'close'>;
  managedSecretIds: Pick<ManagedSecretIds, 'idOf'>;
  announce: Announce;
  rules: VerificationRules;
  now: () => number;
  log: Readonly<Record<'info', (message: string, fields: Record<string, unknown>) => void>>;
}): Close {
  const { audit, managedSecretIds, announce, rules, now, log } = parts;

  return async (rotation) => {
    const hasManagedSecret = managedSecretIds.idOf(rotation.credential) !== undefined;
    const closed = withOutbox(rotation, now(), hasManagedSecret, rules);
    if ((await audit.close(closed)) === 'lost') return 'lost';
    // The log keeps the seal where nobody who can write to the table can reach it.
    log.info('closed', { rotationId: closed.id, anchor: anchorOf(closed) });
    await announce(closed);
    return 'closed';
  };
}
