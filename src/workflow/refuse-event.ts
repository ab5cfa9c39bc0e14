import type { AuditLog } from '../dynamodb/audit-log.ts';
import { anchorOf } from '../rotation/anchor.ts';
import type { Announce } from '../rotation/announce.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { refuse } from '../rotation/close-with.ts';
import { idempotencyHash } from '../rotation/idempotency.ts';
import { withOutbox } from '../rotation/outbox.ts';
import type { RotateCommand } from '../rotation/rotate-command.ts';
import type { RefusedEventCode, Rotation } from '../rotation/rotation.ts';
import { quarantineOf, type Retention, type VerificationRules } from '../rotation/rules.ts';
import { startAfter } from '../rotation/start-after.ts';

/**
 * Notes in the audit that an event was refused before it could start a rotation. The same event twice is noted once.
 * `busy`: a rotation runs, and the note must wait until then. Throws `Unavailable`.
 */
export type RefuseEvent = (
  command: Omit<RotateCommand, 'keyGoesTo'> & { idempotencyKey: string },
  code: RefusedEventCode,
) => Promise<Readonly<{ kind: 'noted'; rotationId: string }> | Readonly<{ kind: 'busy'; until: string }>>;

export function createRefuseEvent(parts: {
  audit: AuditLog;
  newestSettled: (credential: ApiCredential) => Promise<Rotation | undefined>;
  announce: Announce;
  rules: VerificationRules & Retention;
  now: () => number;
  log: Readonly<Record<'info', (message: string, fields: Record<string, unknown>) => void>>;
}): RefuseEvent {
  const { audit, newestSettled, announce, rules, now, log } = parts;

  return async (command, code) => {
    const hash = idempotencyHash(command.requestedBy, command.idempotencyKey);
    const earlier = await audit.findByIdempotencyHash(command.credential, hash);
    if (earlier) {
      // Whoever noted it may have been killed before that was on the bus.
      if (earlier.status !== 'started') await announce(earlier);
      return { kind: 'noted', rotationId: earlier.id };
    }
    const newest = await newestSettled(command.credential);
    if (newest?.status === 'started') return { kind: 'busy', until: newest.leaseExpiresAt };
    const refused = withOutbox(
      refuse(startAfter(newest, command, now()), code, now(), rules, quarantineOf(newest)),
      now(),
      false,
      rules,
    );
    if ((await audit.refuse(refused)) === 'lost') {
      return { kind: 'busy', until: new Date(now()).toISOString() };
    }
    log.info('closed', { rotationId: refused.id, anchor: anchorOf(refused) });
    await announce(refused);
    return { kind: 'noted', rotationId: refused.id };
  };
}
