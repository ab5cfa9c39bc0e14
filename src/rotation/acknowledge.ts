import type { ApiCredential } from './api-credential.ts';
import type { Consumer } from './consumers.ts';
import { findIssuedKeys } from './issued-keys.ts';
import { hasHappened, issuedKeyOf, type RecordKeyEvent } from './key-events.ts';
import type { AuditLog, Clock, ConsumerLog } from './ports.ts';
import { toTimestamp } from './timestamp.ts';

export type Acknowledgement =
  | Readonly<{ kind: 'acknowledged'; consumer: Consumer; rotationId: string }>
  /** The records know no such key: it may be one of another API credential. */
  | Readonly<{ kind: 'unknown-key' }>;

/**
 * Notes which key a consumer uses now. The same again changes nothing but the time. A key of which only its caller knew
 * whether it arrived is confirmed by that. Throws `Unavailable`.
 */
export type Acknowledge = (
  credential: ApiCredential,
  consumerId: string,
  keyFingerprint: string,
) => Promise<Acknowledgement>;

export function createAcknowledge(deps: {
  audit: Pick<AuditLog, 'newest' | 'get'>;
  consumers: Pick<ConsumerLog, 'get' | 'put'>;
  recordKeyEvent: RecordKeyEvent;
  now: Clock;
}): Acknowledge {
  const { audit, consumers, recordKeyEvent, now } = deps;

  return async (credential, consumerId, keyFingerprint) => {
    const [newest, before] = await Promise.all([
      audit.newest(credential),
      consumers.get(credential, consumerId),
    ]);
    const keys = await findIssuedKeys(audit, newest, ({ key }) => key.fingerprint === keyFingerprint);
    const issued = keys.find(({ key }) => key.fingerprint === keyFingerprint);
    if (!issued) return { kind: 'unknown-key' };
    const acknowledgedAt = toTimestamp(now());
    const since = before?.keyFingerprint === keyFingerprint ? before.since : acknowledgedAt;
    const consumer = { consumerId, keyFingerprint, rotationNumber: issued.number, since, acknowledgedAt };
    // If it is lost, the consumer has said something newer meanwhile, and that counts.
    await consumers.put(credential, consumer);
    if (issued.delivery === 'unconfirmed' && !hasHappened(issued, 'acknowledged')) {
      await recordKeyEvent(issuedKeyOf(issued), 'acknowledged', `by ${consumerId}`);
    }
    return { kind: 'acknowledged', consumer, rotationId: issued.id };
  };
}
